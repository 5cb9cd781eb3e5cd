-- The rules of access.yaml as they were read from the document source, each change a row; the last one is in force for
-- whoever can't see the source. `rules` is null where there was no such file: then everyone reads everything.
create table if not exists lake.access_rules (
    access_id bigint generated always as identity primary key,
    rules text,
    -- what was wrong with them, in one sentence: then nobody but the operator reads anything
    problem text not null default '',
    seen_at timestamptz not null default now()
);
