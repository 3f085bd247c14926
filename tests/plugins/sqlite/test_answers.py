from __future__ import annotations

import pytest

from toolpost import InvalidArguments

COUNTED = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT {}) SELECT x FROM c"


async def ask(host, query):
    return await host.call("read_query", {"query": query})


async def test_at_most_so_many_rows_are_answered_and_the_text_says_so(serving):
    async with serving(rows=5) as host:
        result = await ask(host, COUNTED.format(6))
    assert len(result.structured["rows"]) == 5
    assert result.structured["truncated"]
    assert "5 rows, and there is more: at most 5 rows are shown" in result.text


async def test_as_many_rows_as_there_are_is_not_too_many(serving):
    async with serving(rows=5) as host:
        result = await ask(host, COUNTED.format(5))
    assert not result.structured["truncated"]


async def test_rows_without_end_are_answered_with_the_first(serving):
    async with serving() as host:
        assert len((await ask(host, COUNTED.format(-1))).structured["rows"]) == 1000


async def test_at_most_so_many_bytes_are_answered_in_whole_rows(serving):
    async with serving(bytes=1000) as host:
        result = await ask(host, COUNTED.format(9).replace("SELECT x FROM", "SELECT printf('%300d', x) FROM"))
    assert [len(row[0]) for row in result.structured["rows"]] == [300, 300, 300]
    assert "at most 1000 bytes are shown" in result.text


@pytest.mark.parametrize("text", ["printf('%90000d', 1)", "replace(printf('%30000d', 1), ' ', 'é')"])
async def test_a_text_that_is_too_long_alone_is_cut(serving, text):
    async with serving(bytes=1000) as host:
        result = await ask(host, f"SELECT {text} AS a, {text} AS b")
    assert result.structured["truncated"]
    assert 800 < len(str(result.structured["rows"]).encode()) < 1100


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("9007199254740993", "9007199254740993"),
        ("-9223372036854775807 - 1", "-9223372036854775808"),
        ("9007199254740991", 9007199254740991),
        ("9e999", "inf"),
        ("-9e999", "-inf"),
        ("9e999 - 9e999", None),
        ("x'0102'", {"bytes": 2, "base64": "AQI="}),
        ("zeroblob(1000)", {"bytes": 1000}),
        ("CAST(x'ff41' AS TEXT)", "�A"),
        ("CAST(x'eda08041' AS TEXT)", "���A"),
        ("char(0, 65)", "\0A"),
    ],
)
async def test_every_value_is_json(serving, value, shown):
    async with serving() as host:
        assert (await ask(host, f"SELECT {value} AS v")).structured["rows"] == [[shown]]


async def test_a_table_has_lines_and_bars_only_where_they_belong(serving):
    async with serving() as host:
        result = await ask(host, "VALUES ('a|b' || char(10) || 'c', NULL), (x'00', 1.5)")
    assert result.text.splitlines()[2:4] == ["| a\\|b\\nc | NULL |", "| (BLOB of 1 bytes, base64 AA==) | 1.5 |"]


async def test_one_row_is_a_list_with_its_texts_as_they_are(serving):
    async with serving() as host:
        result = await ask(host, "SELECT 1 AS id, 'two' || char(10) || 'lines' AS text")
    assert result.text == "id: 1\ntext: two\nlines\n\n1 row."


async def test_columns_of_one_name_are_all_there(serving):
    async with serving() as host:
        found = (await ask(host, "SELECT 1 AS a, 2 AS a")).structured
    assert (found["rows"], [column["name"] for column in found["columns"]]) == ([[1, 2]], ["a", "a"])


async def test_a_value_that_is_too_long_to_read_can_be_measured(serving, asked):
    asked("UPDATE customers SET photo = zeroblob(3000000) WHERE id = 1")
    async with serving() as host:
        with pytest.raises(InvalidArguments, match=r"take length\(column\)"):
            await ask(host, "SELECT photo FROM customers")
        found = (await ask(host, "SELECT name, length(photo) FROM customers WHERE id = 1")).structured
    assert found["rows"] == [["Ann", 3000000]]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("replace(CAST(x'ff4142' AS TEXT), 'A', 'b')", "�bB"),
        ("trim(CAST(x'4142ff' AS TEXT), 'A')", "B�"),
        ("instr(CAST(x'ff4142' AS TEXT), 'B')", 3),
    ],
)
async def test_functions_take_text_that_is_no_unicode(serving, call, answer):
    async with serving() as host:
        assert (await ask(host, f"SELECT {call}")).structured["rows"] == [[answer]]


async def test_a_long_statement_of_a_table_is_cut(serving, asked):
    asked("CREATE TABLE long (a /* " + "x" * 5000 + " */)")
    async with serving(bytes=1000) as host:
        found = (await host.call("describe_table", {"table_name": "long"})).structured
    assert len(found["sql"]) < 1100
