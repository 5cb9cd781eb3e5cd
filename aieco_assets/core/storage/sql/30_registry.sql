-- What was in production when, and why. MLflow knows only the present aliases; this is their history.
create schema if not exists registry;

create table if not exists registry.alias_moves (
    id bigint generated always as identity primary key,
    model text not null,
    alias text not null,
    from_version integer,
    to_version integer,
    actor text not null,
    reason text not null,
    metrics jsonb not null default '{}',
    moved_at timestamptz not null default now()
);
create index if not exists alias_moves_by_model on registry.alias_moves (model, alias, moved_at);

-- A move that was begun: written before MLflow is asked, gone once alias_moves has the row.
-- One that a crash left behind is settled by the next reader or writer of the model.
create table if not exists registry.alias_intents (
    model text not null,
    alias text not null,
    from_version integer,
    to_version integer,
    actor text not null,
    reason text not null,
    metrics jsonb not null default '{}',
    moved_at timestamptz not null default now(),
    primary key (model, alias)
);

create or replace function registry.refuse_change() returns trigger language plpgsql as
$$ begin raise exception 'registry.alias_moves is append-only'; end $$;
create or replace trigger alias_moves_append_only
before update or delete or truncate on registry.alias_moves
for each statement execute function registry.refuse_change();

-- Grain: an embedder that was ever registered; where its weights lie. So that whoever searches an index finds the
-- embedder that made it without asking MLflow, which takes seconds to import.
create table if not exists registry.embedders (
    sha256 text primary key,
    version integer not null,
    name text not null,
    uri text not null
);

-- Grain: a version of the model `rag`; its content as MLflow holds it, for those who answer and can't wait for MLflow.
create table if not exists registry.rag_versions (
    version integer primary key,
    content jsonb not null
);

-- Grain: a person who asked for a version to become champion, where two have to (AIECO_PROMOTION_PEOPLE=2).
create table if not exists registry.promotion_requests (
    model text not null,
    version integer not null,
    person text not null,
    reason text not null,
    asked_at timestamptz not null default now(),
    primary key (model, version, person)
);
