"""The code location as the server loads it: one connected graph, described and owned throughout."""

import dagster as dg


def test_one_connected_graph_reaches_from_both_sources_to_the_service(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    service = dg.AssetKey(["serving", "bento"])
    upstream = dg.AssetSelection.assets(service).upstream().resolve(graph)
    assert {dg.AssetKey(["lake", "documents"]), dg.AssetKey(["lake", "transactions"])} <= upstream
    reached = {service}
    frontier = [service]
    while frontier:
        node = graph.get(frontier.pop())
        for neighbour in {*node.parent_keys, *node.child_keys} - reached:
            reached.add(neighbour)
            frontier.append(neighbour)
    assert reached == graph.get_all_asset_keys()


def test_every_asset_has_description_owner_group_and_kind(definitions: dg.Definitions) -> None:
    for spec in definitions.resolve_all_asset_specs():
        assert spec.description, spec.key
        assert spec.owners, spec.key
        assert spec.group_name == spec.key.path[0]
        assert spec.kinds, spec.key


def test_every_partitioned_asset_can_be_made_over_a_range_in_one_run(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.executable_asset_keys:
        node = graph.get(key)
        if node.partitions_def:
            assert node.backfill_policy == dg.BackfillPolicy.single_run(), key


def test_gates_stand_before_what_people_and_models_read(definitions: dg.Definitions) -> None:
    specs = [spec for check in definitions.asset_checks or [] for spec in check.check_specs]
    blocking = {spec.asset_key.to_user_string() for spec in specs if spec.blocking}
    assert blocking >= {
        *("lake/documents", "lake/transactions", "raw/transactions", "knowledge/chunks", "knowledge/embeddings"),
        *("knowledge/index", "models/clv", "predictions/customers", "evaluation/rag", "serving/bento"),
        *("models/churn", "predictions/churn", "predictions/segments", "predictions/next_items"),
    }


def test_schedules_and_sensors_run_by_themselves(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    every = {"every_night", "every_month", "every_midnight", "maintenance_every_night"}
    assert {schedule.name for schedule in repository.schedule_defs} == every
    running = {sensor.name for sensor in repository.sensor_defs if sensor.default_status.value == "RUNNING"}
    assert running >= {"document_sensor", "transactions_sensor", "automation", "failed_runs"}


def test_no_scheduled_job_mixes_days_and_months(definitions: dg.Definitions) -> None:
    """A range of days means nothing to a table of month ends: such a run fails in the middle of the night."""
    repository = definitions.get_repository_def()
    for schedule in repository.schedule_defs:
        assets = repository.get_job(schedule.job_name).asset_layer
        kinds = {assets.get(key).partitions_def for key in assets.executable_asset_keys} - {None}
        assert len(kinds) == (schedule.job_name != "maintenance"), schedule.job_name


def test_freshness_is_promised_where_somebody_waits(definitions: dg.Definitions) -> None:
    promised = {
        spec.key.to_user_string() for spec in definitions.resolve_all_asset_specs() if spec.freshness_policy is not None
    }
    assert promised >= {"lake/transactions", "marts/fct_sales_lines", "knowledge/index", "predictions/customers"}
