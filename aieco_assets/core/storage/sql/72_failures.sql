-- Answers that failed and so have no row in service.inference_log. Grain: one question that nobody could answer for a
-- reason of ours; neither what was refused (too many, none, a filter that admits nothing) nor what the client left.
create table if not exists service.failures (
    failure_id text primary key,
    failed_at timestamptz not null,
    error text not null                   -- its kind, never its text
);
create index if not exists failures_by_time on service.failures (failed_at);
