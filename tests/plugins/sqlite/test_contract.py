from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from toolpost.testing import contract

FILE = Path(tempfile.mkdtemp(prefix="toolpost-sqlite-")) / "shop.db"
with sqlite3.connect(FILE) as DB:
    DB.execute("CREATE TABLE IF NOT EXISTS x (x)")
DB.close()

test_contract = contract(
    "toolpost-sqlite", settings={"database": str(FILE)}, calls=["write_query", "create_table", "append_insight"]
)
