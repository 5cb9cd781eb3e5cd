create schema if not exists service;

-- What readers thought of an answer. Grain: one row per rating; an answer may be rated more than once.
create table if not exists service.feedback (
    feedback_id bigint generated always as identity primary key,
    trace_id text not null,
    rating text not null check (rating in ('up', 'down')),
    reason text,
    given_at timestamptz not null default now()
);

create index if not exists feedback_by_trace on service.feedback (trace_id);
