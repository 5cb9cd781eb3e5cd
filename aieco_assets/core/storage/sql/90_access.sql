-- Who may do what. core/storage/access.py makes the roles where the user may; for those that are missing nothing is
-- done here, and all of this runs again when they have come. Who reads dbt's tables is said in dbt_project.yml.
create schema if not exists staging;
create schema if not exists marts;
create schema if not exists features;
create schema if not exists analytics;
create schema if not exists metrics;

-- Tables and views that do not belong to the role that works on their layer, though we may change that.
create or replace view ops.astray as
select c.oid::regclass as relation, r.rolname as owner
from (values
    ('raw', 'aieco_loader'), ('staging', 'aieco_transformer'), ('marts', 'aieco_transformer'),
    ('features', 'aieco_transformer'), ('analytics', 'aieco_transformer'),
    ('metrics', 'aieco_transformer')
) as layers (schema, owner)
join pg_namespace as n on n.nspname = layers.schema
join pg_class as c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm')
join pg_roles as r on r.rolname = layers.owner
where c.relowner <> r.oid
    and pg_has_role(c.relowner, 'USAGE')
    and pg_has_role(r.oid, case when current_setting('server_version_num')::int < 160000 then 'MEMBER' else 'SET' end);

do $$
declare
    astray record;
begin
    if exists (select from pg_roles where rolname = 'aieco_loader') then
        grant usage, create on schema raw to aieco_loader;
        grant usage on schema lake to aieco_loader;
        grant select, insert, update, delete on lake.transaction_files, lake.transaction_days,
            lake.customer_attributes to aieco_loader;
        grant usage on schema governance to aieco_loader;
        grant select on governance.tombstones to aieco_loader;  -- whose lines stay out
    end if;
    if exists (select from pg_roles where rolname = 'aieco_transformer') then
        execute format('grant temporary on database %I to aieco_transformer', current_database());
        grant usage, create on schema staging, marts, features, analytics, metrics to aieco_transformer;
        grant usage on schema raw to aieco_transformer;
        grant select on raw.transactions, raw.customer_pseudonyms, raw.shop to aieco_transformer;
        grant usage on schema predictions to aieco_transformer;  -- a source of dbt, to be read
        grant select on all tables in schema predictions to aieco_transformer;
    end if;
    if exists (select from pg_roles where rolname = 'aieco_reader') then
        grant usage on schema analytics, metrics, monitoring to aieco_reader;
        grant select on monitoring.signals to aieco_reader;  -- of the dashboard: numbers, of nobody
    end if;
    if exists (select from pg_roles where rolname = 'aieco_service') then
        grant usage on schema raw, lake, marts, features, metrics, predictions, registry, service to aieco_service;
        grant select on raw.loads, raw.shop to aieco_service;  -- how fresh the numbers are, and what they are called
        grant select on lake.documents, lake.document_facts, lake.knowledge_versions, lake.access_rules to aieco_service;
        grant select on all tables in schema predictions, registry to aieco_service;
        grant usage on schema evaluation, analytics to aieco_service;  -- of analytics: predictions by pseudonym alone
        grant select on evaluation.rag_runs, evaluation.rag_questions to aieco_service;  -- questions to begin with
        grant select, insert, update on evaluation.cases to aieco_service;  -- the review page
        grant select, insert, update, delete on all tables in schema service to aieco_service;
        grant usage on schema monitoring to aieco_service;
        grant select on monitoring.graph_picture to aieco_service;  -- what is stale, and what was made from what
        grant usage on schema governance to aieco_service;
        grant select, insert on governance.audit to aieco_service;  -- who asked and read; nobody alters it
    end if;
    for astray in select * from ops.astray loop
        execute format('alter table %s owner to %I', astray.relation, astray.owner);
    end loop;
end $$;
