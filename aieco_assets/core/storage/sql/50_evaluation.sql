create schema if not exists evaluation;

-- One row per distinct evaluation: the same knowledge, models, questions and code are not evaluated twice.
create table if not exists evaluation.rag_runs (
    fingerprint text primary key,
    kind text not null check (kind in ('golden', 'self-check')),
    knowledge_version bigint not null,
    llm text not null,
    embedder text not null,
    summary jsonb not null,
    evaluated_at timestamptz not null default now()
);

-- One row per question of an evaluation. `first_rank`: rank at which all wanted pages were retrieved, 0: not.
create table if not exists evaluation.rag_questions (
    fingerprint text not null references evaluation.rag_runs on delete cascade,
    position integer not null,
    question text not null,
    unanswerable boolean not null,
    answer text not null,
    abstained boolean not null,
    correct boolean not null,
    cited boolean not null,
    first_rank integer not null,
    invented_numbers integer not null,
    citations jsonb not null,
    retrieved jsonb not null,
    latency_ms double precision not null,
    prompt_tokens integer not null,
    completion_tokens integer not null,
    primary key (fingerprint, position)
);

-- What a language model wrote for the last evaluation, by what it was given: the next one does not ask it again.
create table if not exists evaluation.texts (
    key text primary key,                 -- sha256 of model and request
    pieces jsonb not null,                -- as they were streamed
    milliseconds double precision not null
);

-- One row per distinct evaluation of the verification: the same labels, weights and embedder are not evaluated twice.
create table if not exists evaluation.verification_runs (
    fingerprint text primary key,
    source text not null,
    summary jsonb not null,
    evaluated_at timestamptz not null default now()
);

-- Questions that people asked and somebody should look at. Grain: a question, whatever its case and white space.
-- Accepted ones are golden questions beside those of the document source.
create table if not exists evaluation.cases (
    case_id bigint generated always as identity primary key,
    question_key text not null unique,
    question text not null,
    reason text not null check (reason in ('thumbs_down', 'abstained', 'sample')),
    note text,                            -- what the reader wrote with the thumb
    times bigint not null,                -- how often it was asked in the days looked at
    trace_id text not null,               -- of the latest answer
    asked_at timestamptz not null,
    status text not null default 'open' check (status in ('open', 'accepted', 'rejected')),
    golden jsonb,                         -- of an accepted one: a line of questions.jsonl
    decided_by text,
    decided_at timestamptz
);
