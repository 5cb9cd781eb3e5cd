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

-- Which sending a rating came with: one that is sent to us twice is stored once. Null: from before there were keys.
alter table service.feedback add column if not exists feedback_key text;
create unique index if not exists feedback_once on service.feedback (feedback_key);

-- What was asked of the service and what it answered. Grain: one answer, or one call for predictions.
-- It holds no customer ids: of a prediction the numbers of customers only, and questions come masked.
create table if not exists service.inference_log (
    trace_id text primary key,
    kind text not null check (kind in ('answer', 'prediction')),
    asked_at timestamptz not null,
    key_id text not null,                 -- name of the API key; `local` where none is asked for
    question text,
    outcome text not null,                -- verified, quoted, number, abstained; of predictions: predicted
    verified boolean not null,
    abstained boolean not null,
    knowledge_version bigint,
    models jsonb not null,                -- model -> version
    retrieved jsonb not null,             -- [{chunk_id, document, page, score}], best first
    citations integer not null,
    customers integer not null,           -- that had a prediction
    unknown_customers integer not null,
    prompt_tokens integer not null,
    completion_tokens integer not null,
    latency_ms double precision not null  -- as the client waited, queue included
);
create index if not exists inference_log_by_time on service.inference_log (asked_at);

-- Which registered versions answered, and as what: champion, canary (the challenger's share) or shadow (nobody saw it).
alter table service.inference_log add column if not exists versions jsonb not null default '{}';
alter table service.inference_log add column if not exists arm text not null default 'champion';
alter table service.inference_log add column if not exists shadow_of text;   -- trace of the answer that was seen
alter table service.inference_log add column if not exists agrees boolean;   -- of a shadow: it said the same

-- By the prices of the settings; null: they name none.
alter table service.inference_log add column if not exists cost double precision;

-- Where the citations of an answer lie: [{document, sha256, page, start, end}]. Their words are those of the page.
alter table service.inference_log add column if not exists cited jsonb not null default '[]';

-- Candidates that were stopped. Grain: the alias move that named a candidate (registry.alias_moves.id).
create table if not exists service.trials (
    named_by bigint primary key,
    candidate jsonb not null,             -- model -> version
    champion jsonb not null,              -- the same of what it was tried beside
    reason text not null,
    numbers jsonb not null,               -- by arm: answers, failed, abstained, p50_ms
    stopped_at timestamptz not null
);
