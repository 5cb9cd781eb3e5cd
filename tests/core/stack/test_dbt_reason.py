"""dbt's own reason, as it logs it."""

from aieco_assets.core.stack.dbt_reason import dbt_reason


def test_a_database_error_names_model_reason_and_file():
    messages = [
        "Finished with 1 error",
        "  Database Error in model fct_orders (models/marts/fct_orders.sql)\n"
        '  column "is_export" does not exist\n  LINE 12: is_export\n           ^\n'
        "  compiled code at target/run/aieco/models/marts/fct_orders.sql",
    ]
    assert dbt_reason(messages, "dbt.log") == (
        'dbt could not finish model fct_orders: column "is_export" does not exist LINE 12: is_export. '
        "Mend models/marts/fct_orders.sql, or its data; the rest is in dbt.log."
    )


def test_a_model_that_failed_comes_before_a_test_that_found_rows():
    messages = [
        "Failure in test unique_a (models/marts/_a.yml)\n  Got 3 results, configured to fail if != 0",
        "\x1b[31mCompilation Error in model b (models/b.sql)\n  'x' is undefined\x1b[0m",
    ]
    assert dbt_reason(messages, "log").startswith("dbt could not finish model b (and 1 more): 'x' is undefined. Mend")
    assert "test unique_a: Got 3 results" in dbt_reason(messages[:1], "log")


def test_what_belongs_to_no_node_is_said_as_it_is():
    assert dbt_reason(["Database Error\n  connection refused"], "log") == (
        "dbt failed: Database Error connection refused. The rest is in log."
    )
    assert dbt_reason([], "log") == "dbt failed: it gave no reason. The rest is in log."
