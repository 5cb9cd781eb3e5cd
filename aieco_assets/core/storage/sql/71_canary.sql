-- Candidates whose share grows in steps. Grain: the alias move that named a candidate (registry.alias_moves.id).
-- Written by a policy's action; the service takes the steps. One that was stopped has a row in service.trials, too.
create table if not exists service.canaries (
    named_by bigint primary key,
    candidate jsonb not null,             -- model -> version
    steps integer[] not null,             -- shares in percent
    step integer not null default 0,      -- of `steps`, counted from 0
    answers bigint not null default 0,    -- of the candidate, at the steps that were passed
    reached_at timestamptz not null default now(),
    succeeded_at timestamptz              -- passed the last step
);
