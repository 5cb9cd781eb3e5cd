create schema if not exists monitoring;

-- One row per (day, column_name): how far the features of the latest month have moved from the training reference.
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
    computed_at timestamptz not null default now(),
    primary key (day, column_name)
);

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
