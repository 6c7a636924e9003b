"""What the programs on MariaDB share: a fresh database, its client programs, and the address taken apart."""

import contextlib
import os
import re
import subprocess
import tempfile
from urllib.parse import urlsplit


def flags(url):
    """An address as the arguments of MariaDB's own programs; the password goes by the environment."""
    parts = urlsplit(url)
    os.environ["MYSQL_PWD"] = parts.password or ""
    return ["--no-defaults", f"--host={parts.hostname}", f"--port={parts.port}", f"--user={parts.username}"]


def execute(url, text, database=""):
    command = ["mariadb", *flags(url), "--batch", "--skip-column-names", *([database] if database else [])]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.strip()


@contextlib.contextmanager
def database(url, schema):
    name = f"peer_{os.getpid()}"
    execute(url, f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name};")
    try:
        execute(url, schema, name)
        yield name
    finally:
        execute(url, f"DROP DATABASE {name};")


def slap(url, name, query, clients, queries):
    """Statements a second of mariadb-slap, each its own commit. By a file: a statement may be long."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(query)
        file.flush()
        command = ["mariadb-slap", *flags(url), f"--create-schema={name}", "--no-drop", f"--query={file.name}"]
        command += ["--delimiter=;", f"--concurrency={clients}", f"--number-of-queries={queries}", "--iterations=1"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return queries / float(re.search(r"Average number of seconds to run all queries: ([\d.]+)", output)[1])
