from __future__ import annotations

import pytest

from toolpost import InvalidArguments


async def read(host, query, parameters=None):
    return (await host.call("read_query", {"query": query, "parameters": parameters})).structured


async def test_rows_come_with_their_columns_and_types(serving):
    async with serving() as host:
        found = await read(host, "SELECT id, name, photo FROM customers WHERE id < 3")
    assert found == {
        "columns": [
            {"name": "id", "type": "integer"},
            {"name": "name", "type": "text"},
            {"name": "photo", "type": "null"},
        ],
        "rows": [[1, "Ann", None], [2, "Ben", None]],
        "truncated": False,
    }


@pytest.mark.parametrize(
    "query",
    [
        "WITH a AS (SELECT 1 AS x) SELECT x FROM a",
        "VALUES (1)",
        "EXPLAIN QUERY PLAN SELECT * FROM orders",
        "PRAGMA table_info(orders)",
        "SELECT * FROM pragma_table_info('orders')",
        "SELECT value FROM json_each('[1, 2]')",
        "SELECT * FROM spent",
        "SELECT body FROM notes WHERE notes MATCH 'first'",
        "SELECT id FROM places WHERE west < 5",
        "-- a comment\n /* and another */ SELECT 1; -- and the last",
        "SELECT 1;",
    ],
)
async def test_whatever_only_reads_is_answered(serving, query):
    async with serving() as host:
        assert (await read(host, query))["rows"]


@pytest.mark.parametrize(
    ("query", "parameters", "rows"),
    [
        ("SELECT name FROM customers WHERE name = ?", ["Ann"], [["Ann"]]),
        ("SELECT name FROM customers WHERE id = :id", {"id": 2}, [["Ben"]]),
        ("SELECT name FROM customers WHERE id = $id", {"$id": 2}, [["Ben"]]),
        ("SELECT typeof(?), typeof(?), typeof(?)", [1, 1.5, None], [["integer", "real", "null"]]),
        ("SELECT name FROM customers WHERE name = ?", ["x' OR '1'='1"], []),
    ],
)
async def test_values_need_no_quotes(serving, query, parameters, rows):
    async with serving() as host:
        assert (await read(host, query, parameters))["rows"] == rows


@pytest.mark.parametrize(
    ("query", "parameters", "said"),
    [
        ("SELECT * FROM custmers", None, "no such table: custmers; did you mean 'customers'?"),
        ("SELECT nam FROM customers", None, "no such column: nam; did you mean 'name'?"),
        ("SELECT zzzzz FROM customers", None, "allowed: "),
        ("SELEC 1", None, "read_query takes SELECT"),
        ("SELECT 1 FORM customers x y", None, "syntax error"),
        ("INSERT INTO orders VALUES (1)", None, "not INSERT; write_query changes rows"),
        ("CREATE TABLE x (a)", None, "not CREATE; create_table makes tables"),
        ("SELECT 1; SELECT 2", None, "only one statement a call"),
        ("", None, "there is no statement"),
        ("-- nothing", None, "there is no statement"),
        ("SELECT ?", None, "pass them in `parameters`"),
        ("SELECT ?", [2**63], "an integer has at most 64 bits"),
        ("SELECT 1\0", None, "null character"),
        ("SELECT '\ud800'", None, "lone surrogate"),
    ],
)
async def test_what_is_wrong_is_named_with_the_way_out(serving, query, parameters, said):
    async with serving() as host:
        with pytest.raises(InvalidArguments) as caught:
            await read(host, query, parameters)
    assert said in str(caught.value)


async def test_a_missing_file_is_an_empty_database(serving, tmp_path):
    async with serving(database=str(tmp_path / "none.db")) as host:
        assert "no tables yet" in (await host.call("list_tables")).text
        assert (await read(host, "SELECT 1"))["rows"] == [[1]]
        with pytest.raises(InvalidArguments, match="no such table"):
            await read(host, "SELECT * FROM t")
    assert not (tmp_path / "none.db").exists()


async def test_tables_and_views_are_listed_without_the_inner_ones(serving):
    async with serving() as host:
        rows = (await host.call("list_tables")).structured["rows"]
    assert rows == [
        ["customers", "table"], ["notes", "virtual"], ["orders", "table"], ["places", "virtual"], ["spent", "view"],
    ]  # fmt: skip


async def test_a_table_is_described_whatever_its_case(serving):
    async with serving() as host:
        result = await host.call("describe_table", {"table_name": "ORDERS"})
    found = result.structured
    assert [row[1] for row in found["columns"]["rows"]] == ["id", "customer", "total"]
    assert found["foreign_keys"]["rows"] == [["customer", "customers", "id", "NO ACTION", "NO ACTION"]]
    assert found["sql"] in result.text


async def test_a_table_that_is_not_there_is_answered_with_one_near(serving):
    async with serving() as host:
        with pytest.raises(InvalidArguments, match="did you mean 'orders'"):
            await host.call("describe_table", {"table_name": "order"})
        with pytest.raises(InvalidArguments, match="no such table"):
            await host.call("describe_table", {"table_name": "orders); DROP TABLE orders; --"})
