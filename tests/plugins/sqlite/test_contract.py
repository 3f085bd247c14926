from __future__ import annotations

from toolpost.testing import contract

test_contract = contract(
    "toolpost-sqlite", settings={"database": "shop.db"}, calls=["write_query", "create_table", "append_insight"]
)
