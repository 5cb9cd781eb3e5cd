-- What can be proved: who asked, read, promoted, erased and changed a rule. Written by core/governance/audit.py only.
create schema if not exists governance;

-- Grain: one event. `hash` is over all else in the row, `previous` is the hash of the row before it, and sequences have
-- no gaps: core/governance/audit_chain.py says how. It holds neither questions nor names of documents or customers.
create table if not exists governance.audit (
    sequence bigint primary key check (sequence > 0),
    at timestamptz not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail json not null,                 -- json, not jsonb: the text that was hashed stays as it is
    event_id text unique,                 -- of what may be sent twice, and is kept once
    previous text not null,
    hash text not null unique
);
create index if not exists audit_by_subject on governance.audit (action, subject, sequence);

create or replace function governance.refuse_change() returns trigger language plpgsql as
$$ begin raise exception '%.% is append-only', tg_table_schema, tg_table_name; end $$;
create or replace trigger audit_append_only
before update or delete or truncate on governance.audit
for each statement execute function governance.refuse_change();

-- What must not come back from a source: grain, a keyed hash of a customer, a document's content or its path. Without
-- the key of the home nobody can tell whose they are. Written by core/governance/tombstones.py.
create table if not exists governance.tombstones (
    name text primary key,                -- customer:…, document:… or path:…
    key_fingerprint text not null,
    erased_at timestamptz not null default now()
);
create or replace trigger tombstones_append_only
before update or delete or truncate on governance.tombstones
for each statement execute function governance.refuse_change();
