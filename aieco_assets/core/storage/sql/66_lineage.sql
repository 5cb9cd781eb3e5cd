-- How far OpenLineage events have been shipped. Grain: one destination that AIECO_LINEAGE ever named, by the digest of
-- its address. Written by core/lineage/progress.py, by whoever holds the lock.
create table if not exists governance.lineage (
    destination text primary key,
    runs_until bigint not null default 0,        -- highest number of a run's end in Dagster's event log
    runs_lately jsonb not null default '[]',     -- those shortly before it: a lower one may be committed later
    answers_until bigint not null default 0,     -- governance.audit.sequence
    graph text not null default '',              -- digest of the graph that was told
    part text not null default '',               -- what is being shipped,
    part_taken integer not null default 0,       -- and how many of its events were taken
    taken bigint not null default 0,             -- events, over all
    refused bigint not null default 0,           -- events that the collector will not take, whatever is done
    refused_reason text not null default '',
    taken_at timestamptz,
    failing_since timestamptz,
    failures integer not null default 0,         -- one after the other
    reason text not null default '',
    next_try timestamptz
);
