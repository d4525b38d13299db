"""Reads Delta tables with readers that are not ours, and says what each found.

Usage: read.py DATA_DIR, with a JSON list of [relation, version] on standard input.
Prints {reader: {"relation@version": [rows, hash]}}; the hash does not depend on the order of rows. Under "said by deltalake" is what the
table and its columns are said to be: {"relation@version": [description, {column: comment}]}.
"""

import importlib.util
import json
import sys
from pathlib import Path

import duckdb
import polars
from deltalake import DeltaTable

HASH = "select count(*), coalesce(sum(md5_number_lower(to_json(r)::varchar)::hugeint), 0)::varchar from {} r"


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return connection


def hash_arrow(table) -> list:
    """The hash of an Arrow table, however its reader made it."""
    connection = connect()
    connection.register("given", table)
    return list(connection.execute(HASH.format("given")).fetchone())


def read_deltalake(path: str, version: int) -> list:
    return hash_arrow(DeltaTable(path, version=version).to_pyarrow_table())


def read_words(path: str, version: int) -> list:
    table = DeltaTable(path, version=version)
    comments = {field.name: field.metadata.get("comment") for field in table.schema().fields}
    return [table.metadata().description, comments]


def read_polars(path: str, version: int) -> list:
    return hash_arrow(polars.read_delta(path, version=version).to_arrow())


def read_polars_lazily(path: str, version: int) -> list:
    """As a query would: by the log's statistics, with a filter that keeps every row."""
    scan = polars.scan_delta(path, version=version)
    first = scan.collect_schema().names()[0]
    kept = scan.filter(polars.col(first).is_null() | (polars.col(first) == polars.col(first)))
    return hash_arrow(kept.collect().to_arrow())


def open_duckdb():
    """DuckDB's own delta extension, from its wheel; it reads a version by an attached catalogue."""
    spec = importlib.util.find_spec("duckdb_extension_delta")
    if spec is None or spec.origin is None:
        return None
    [extension] = Path(spec.origin).parent.rglob("delta.duckdb_extension")
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"load '{extension}'")

    def read(path: str, version: int) -> list:
        connection.execute(f"attach '{path}' as t (type delta, version {version})")
        try:
            return list(connection.execute(HASH.format("t")).fetchone())
        finally:
            connection.execute("detach t")

    return read


def main() -> None:
    data_dir = Path(sys.argv[1])
    wanted = json.load(sys.stdin)
    readers = {
        "deltalake": read_deltalake,
        "polars": read_polars,
        "polars, lazily": read_polars_lazily,
        "duckdb": open_duckdb(),
        "said by deltalake": read_words,
    }
    found = {}
    for name, read in readers.items():
        if read is None:
            continue
        found[name] = {}
        for relation, version in wanted:
            path = str(data_dir / relation.replace(".", "/"))
            try:
                found[name][f"{relation}@{version}"] = read(path, version)
            except Exception as error:  # what a reader refuses is what the test is about
                found[name][f"{relation}@{version}"] = f"{type(error).__name__}: {error}"
    print(json.dumps(found))


main()
