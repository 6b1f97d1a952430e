"""The schema's versions: what the code needs, what a database has, and the way from one to the other."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

_FOLDER: Final = Path(__file__).parent

REVISIONS: Final = tuple(sorted(path.name[:4] for path in (_FOLDER / "versions").glob("[0-9]*.py")))
"""All revisions, oldest first; each file's name begins with its four digits."""
HEAD: Final = REVISIONS[-1]
"""The revision the code needs."""


def revision_of(connection: Connection) -> str | None:
    """Tell the revision of a database, or None when it has no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(connection: Connection) -> None:
    """Bring a database to HEAD within the connection's transaction, which the caller commits."""
    from alembic import command  # noqa: PLC0415  # costs a fifth of a second that most starts need not spend
    from alembic.config import Config  # noqa: PLC0415  # as above

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
