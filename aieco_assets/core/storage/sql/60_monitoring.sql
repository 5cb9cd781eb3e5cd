create schema if not exists monitoring;

-- One row per (day, model, column_name): how far the features of the latest month have moved from the training
-- reference. Model customer_rfm: the features that all share, against clv's.
create table if not exists monitoring.drift (
    day date not null,
    column_name text not null,
    method text not null,
    score double precision not null,
    threshold double precision not null,
    drifted boolean not null,
    reference_as_of date not null,
    current_as_of date not null,
    share_drifted double precision not null,
    features_digest text not null,
    report text not null,
    computed_at timestamptz not null default now()
);
-- Since then of each model's inputs, too. `rows`: of the latest data, customers or days.
alter table monitoring.drift add column if not exists model text not null default 'customer_rfm';
alter table monitoring.drift add column if not exists rows integer not null default 0;
alter table monitoring.drift drop constraint if exists drift_pkey;
create unique index if not exists drift_rows on monitoring.drift (day, model, column_name);
create index if not exists drift_by_content on monitoring.drift (model, features_digest);

-- What the service did on a day (UTC), from service.inference_log. Grain: (day, kind); none of a day without calls.
create table if not exists monitoring.inference_days (
    day date not null,
    kind text not null check (kind in ('answer', 'prediction')),
    requests bigint not null,
    verified bigint not null,
    abstained bigint not null,
    customers bigint not null,
    prompt_tokens bigint not null,
    completion_tokens bigint not null,
    latency_p50_ms double precision not null,
    latency_p95_ms double precision not null,
    rated_up bigint not null,
    rated_down bigint not null,
    computed_at timestamptz not null default now(),
    primary key (day, kind)
);
alter table monitoring.inference_days add column if not exists cost double precision not null default 0;

-- Grain: one stretch in which something was wrong, however often it was seen. core/monitoring/incidents.py
create table if not exists monitoring.incidents (
    id bigint generated always as identity primary key,
    kind text not null,
    subject text not null,                -- what it is about: a job, an asset, a check, a disk, a policy's action
    severity text not null check (severity in ('info', 'warning', 'critical')),
    summary text not null,                -- what was seen last, one sentence
    lasting boolean not null,             -- false: it happened, once, and can't recover
    opened_at timestamptz not null,
    last_seen_at timestamptz not null,
    count bigint not null default 1,
    acknowledged_by text,
    acknowledged_at timestamptz,
    recovering_at timestamptz,            -- not seen any more since then; seen again, it is the same incident
    resolved_at timestamptz
);
-- What makes a thousand events one incident, whoever sees them.
create unique index if not exists incidents_open on monitoring.incidents (kind, subject)
where resolved_at is null or not lasting;
create index if not exists incidents_ended on monitoring.incidents (kind, subject, last_seen_at)
where resolved_at is not null;

-- Grain: one thing that one address is told of one incident.
create table if not exists monitoring.incident_messages (
    id bigint generated always as identity primary key,
    incident_id bigint not null references monitoring.incidents,
    what text not null check (what in ('opened', 'resolved')),
    target text not null,                 -- digest of the address: the address is a secret
    due_at timestamptz not null,          -- quiet hours; after a failure, the next attempt
    claimed_until timestamptz,            -- whoever tells it has until then; a killed one is followed by another
    attempts integer not null default 0,
    error text not null default '',
    outcome text check (outcome in ('told', 'dropped')),
    ended_at timestamptz,
    unique (incident_id, what, target)
);
create index if not exists incident_messages_open on monitoring.incident_messages (due_at) where ended_at is null;
