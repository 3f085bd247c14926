from __future__ import annotations

from toolpost.config.items import line_of_item

PATH = ("plugins", "policy", "rules")


def test_each_table_of_a_list_has_its_line():
    text = '[plugins.policy]\n\n[[plugins.policy.rules]]\ndo = "deny"\n [[ plugins."policy".rules ]]\n[plugins.x]\n'
    assert [line_of_item(text, PATH, index) for index in range(2)] == [3, 5]


def test_a_list_in_line_has_the_line_of_its_key():
    text = '[plugins.policy]\nrequired = true\nrules = [{ do = "deny" }, { do = "allow" }]\n'
    assert [line_of_item(text, PATH, index) for index in range(2)] == [3, 3]


def test_what_is_not_there_has_no_line():
    assert line_of_item("[server]\n", PATH, 0) is None
