-- The manifest of the knowledge base and what was kept out of it. Written by core/knowledge.
create schema if not exists lake;

-- One row per stretch of time in which `path` held the bytes `sha256`; the current ones have no removed_at.
-- As of a moment: first_seen <= moment and (removed_at is null or removed_at > moment).
create table if not exists lake.documents (
    path text not null,
    sha256 text not null,
    bytes bigint not null,
    media_type text not null,
    -- what told us that the file had not changed (size is in `bytes`): mtime or ETag; empty: read it again
    stamp text not null default '',
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    removed_at timestamptz,
    primary key (path, first_seen)
);
create unique index if not exists documents_current on lake.documents (path) where removed_at is null;
create index if not exists documents_sha256 on lake.documents (sha256);

-- What is kept out now, and why. `source` is the asset that refused it: lake/documents (the file) or
-- knowledge/chunks (its content, judged by the reader of version `reader`).
create table if not exists lake.document_quarantine (
    source text not null,
    path text not null,
    place text not null,
    reason text not null,
    sha256 text not null default '',
    reader text not null default '',
    seen_at timestamptz not null,
    primary key (source, path, place, reason)
);

-- What a document says of itself, and what was read of it by the reader of version `reader`. Grain: content.
create table if not exists lake.document_facts (
    sha256 text primary key,
    title text not null,
    language text not null,
    dated date,
    in_force_from date,
    in_force_until date,
    version text not null,
    replaces text[] not null,
    warnings text[] not null,
    pages integer not null,
    words integer not null,
    tables integer not null,
    reader text not null
);
alter table lake.document_facts add column if not exists tags text[] not null default '{}';

-- When the documents that the chunks were cut from were last seen: one row, because there is one chunks table.
create table if not exists lake.chunks_as_of (
    one_row boolean primary key default true check (one_row),
    as_of timestamptz not null
);

-- Every published version of the knowledge base; the tag `live` in LanceDB says which one answers.
create table if not exists lake.knowledge_versions (
    version bigint primary key,
    pages_version bigint not null,
    as_of timestamptz not null,
    published_at timestamptz not null,
    embedder text not null,
    embedder_version text not null,
    chunks bigint not null,
    documents bigint not null
);

-- How many values of personal data a document holds, by kind (never which), as far as `finder` found them: its version
-- and the kinds it looked for. Grain: content.
create table if not exists lake.document_personal_data (
    sha256 text primary key,
    counts jsonb not null,
    finder text not null,
    found_at timestamptz not null default now()
);
