-- What is measured of the platform, day by day, and what the policies decided on it.

-- Grain: one metric of one entity on one day (UTC); core/monitoring/signal_catalogue.py says what each is.
-- No row: nothing was measured that day, which is not the same as a value of 0.
create table if not exists monitoring.signals (
    day date not null,
    metric text not null,
    entity text not null,                 -- the model, table, column or kind of call that it is measured on
    value double precision not null check (abs(value) < 'infinity'),
    sample_size bigint not null,          -- what the value was measured on: answers, ratings, rows, customers
    reference double precision,           -- what it is compared with; null: nothing
    run_id text not null,                 -- Dagster run that wrote it
    computed_at timestamptz not null default now(),
    primary key (metric, entity, day)
);
create index if not exists signals_by_day on monitoring.signals (day);

-- Grain: a day whose signals were written, also one without any: policies decide on these days alone.
create table if not exists monitoring.signal_days (
    day date primary key,
    signals integer not null,
    computed_at timestamptz not null default now()
);

-- Grain: one policy on one day. The key is what keeps two engines from deciding, and so from acting, twice.
create table if not exists monitoring.decisions (
    id text primary key,                  -- <policy>.<day>
    policy text not null,
    version text not null,                -- digest of the policy as its file said it
    day date not null,                    -- last day of the windows that were looked at
    outcome text not null check (outcome in (
        'fire', 'hold', 'inconclusive', 'waiting_for_approval', 'cooling_down', 'over_budget', 'dry_run'
    )),
    evidence jsonb not null,
    due_at timestamptz not null,          -- not acted on before: quiet hours
    approved_by text,
    approved_at timestamptz,
    decided_at timestamptz not null,
    unique (policy, day)
);
create index if not exists decisions_by_day on monitoring.decisions (day);

-- Grain: one action of a decision, in its order. Of a decision that waits for a person nothing is claimed.
create table if not exists monitoring.decision_actions (
    decision_id text not null references monitoring.decisions,
    position integer not null,
    action jsonb not null,                -- as the file says it: {"retrain": "churn"}
    state text not null default 'pending' check (state in ('pending', 'claimed', 'done', 'failed')),
    result text not null default '',      -- what came of it, one sentence
    claimed_at timestamptz,
    ended_at timestamptz,
    primary key (decision_id, position)
);
create index if not exists decision_actions_open on monitoring.decision_actions (state) where state <> 'done';
