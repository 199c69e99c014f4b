"""Database triggers as the second wall behind append-only rules, on SQLite and PostgreSQL alike."""

from django.db.migrations.operations.base import Operation


class Freeze(Operation):
    """Refuse UPDATE of `columns` (empty: all) and DELETE of rows for which `when` holds.

    `when` is portable SQL over OLD (`OLD.sha256 <> ''`), `unless` over OLD and NEW. Names are ours, never input.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(
        self, model: str, columns=(), when: str = "", unless: str = "", delete: bool = True, name: str = "freeze"
    ):
        self.model = model
        self.columns = tuple(columns)
        self.when = when
        self.unless = unless
        self.delete = delete
        self.name = name

    def deconstruct(self):
        """Constructor arguments, for the migration writer."""
        kwargs = {"columns": self.columns, "when": self.when, "unless": self.unless, "delete": self.delete}
        return self.__class__.__name__, [self.model], kwargs | {"name": self.name}

    def state_forwards(self, app_label, state):
        """Nothing changes in Django's own picture."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        """Create the triggers."""
        model = to_state.apps.get_model(app_label, self.model)
        for statement in statements(schema_editor.connection.vendor, model, self):
            schema_editor.execute(statement)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Drop the triggers."""
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        for event in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{self.name}_{event}{on_table}")

    def describe(self):
        """One line for the migration's output."""
        return f"Freeze rows of {self.model}"


def statements(vendor: str, model, freeze: Freeze) -> list[str]:
    """The CREATE TRIGGER statements of one freeze."""
    table = model._meta.db_table
    names = freeze.columns or [field.column for field in model._meta.local_concrete_fields]
    distinct = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    cast = "::text" if vendor == "postgresql" else ""
    changed = " OR ".join(f'OLD."{name}"{cast} {distinct} NEW."{name}"{cast}' for name in names)
    update = f"({changed})" + (f" AND ({freeze.when})" if freeze.when else "")
    update += f" AND NOT ({freeze.unless})" if freeze.unless else ""
    events = {"update": update} | ({"delete": freeze.when or "1=1"} if freeze.delete else {})
    build = _sqlite if vendor == "sqlite" else _postgresql
    return [line for event, condition in events.items() for line in build(table, freeze.name, event, condition)]


def _sqlite(table: str, name: str, event: str, condition: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_{name}_{event} BEFORE {event.upper()} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    ]


def _postgresql(table: str, name: str, event: str, condition: str) -> list[str]:
    result = "NEW" if event == "update" else "OLD"
    # errcode 23000: Django raises IntegrityError, as SQLite does.
    refuse = f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = '23000'"
    body = f"IF {condition} THEN {refuse}; END IF; RETURN {result};"
    function = f"{table}_{name}_{event}"
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {body} END $body$",
        f"CREATE TRIGGER {function} BEFORE {event.upper()} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
    ]


class Bar(Operation):
    """Refuse INSERT of rows for which `when` holds: portable SQL over NEW, ours, never input."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, name: str, when: str):
        self.model = model
        self.name = name
        self.when = when

    def deconstruct(self):
        """Constructor arguments, for the migration writer."""
        return self.__class__.__name__, [self.model, self.name, self.when], {}

    def state_forwards(self, app_label, state):
        """Nothing changes in Django's own picture."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        """Create the trigger."""
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        for statement in bar_statements(schema_editor.connection.vendor, table, self.name, self.when):
            schema_editor.execute(statement)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Drop the trigger."""
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{self.name}_insert{on_table}")

    def describe(self):
        """One line for the migration's output."""
        return f"Bar rows from {self.model}: {self.name}"


def bar_statements(vendor: str, table: str, name: str, when: str) -> list[str]:
    """The CREATE TRIGGER statements of one bar."""
    trigger = f"{table}_{name}_insert"
    if vendor == "sqlite":
        body = f"BEGIN SELECT RAISE(ABORT, '{table}: {name}'); END"
        return [f"CREATE TRIGGER {trigger} BEFORE INSERT ON {table} WHEN {when} {body}"]
    refuse = f"RAISE EXCEPTION '{table}: {name}' USING ERRCODE = '23000'"
    body = f"IF {when} THEN {refuse}; END IF; RETURN NEW;"
    return [
        f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {body} END $body$",
        f"CREATE TRIGGER {trigger} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {trigger}()",
    ]
