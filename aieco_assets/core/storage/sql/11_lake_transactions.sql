-- What the transaction source held and what the lake holds of it. Written by core/retail/landing.py only.
create schema if not exists lake;

-- Grain: one file of the source as last read. A cache: the files themselves decide.
create table if not exists lake.transaction_files (
    path text primary key,
    sha256 text not null,
    bytes bigint not null,
    rules text not null,                  -- version of the reading rules; another version means: read again
    days jsonb not null,                  -- {"2010-12-01": [rows read of that day, hash over them], ...}
    read_again_on date,                   -- first day on which a row that lay in the future may be valid
    quarantined text,                     -- why the whole file was set aside; null when it was read
    recorded_at timestamptz not null default now()
);
-- Columns beyond the 8 that the file brought along; their values are in `extra` of the lake's parquet.
alter table lake.transaction_files add column if not exists added_columns text[] not null default '{}';
-- What the source said of the file when it was read (of a table: of a day's rows); empty: only the content tells.
alter table lake.transaction_files add column if not exists stamp text not null default '';
-- Accepted rows by what they are ({"sale": 12, …}), the currency that they name, and what the file was read by.
alter table lake.transaction_files add column if not exists line_types jsonb not null default '{}';
alter table lake.transaction_files add column if not exists currency text not null default '';
alter table lake.transaction_files add column if not exists layout text not null default '';

-- Grain: one invoice date that the lake holds.
create table if not exists lake.transaction_days (
    invoice_date date primary key,
    read integer not null,
    loaded integer not null,              -- rows in transactions/invoice_date=.../part-0.parquet
    rejected integer not null,            -- rows in transactions_rejected/invoice_date=.../part-0.parquet
    bytes bigint not null,
    sha256 text not null,                 -- of the parquet file with the loaded rows
    inputs_sha256 text not null,          -- of the paths and rows of every file that the day was made from
    landed_at timestamptz not null default now(),
    erased integer not null default 0,    -- rows of customers who were erased (governance.tombstones)
    constraint nothing_lost check (read = loaded + rejected + erased)
);
alter table lake.transaction_days add column if not exists erased integer not null default 0;
alter table lake.transaction_days drop constraint if exists nothing_lost;
alter table lake.transaction_days add constraint nothing_lost check (read = loaded + rejected + erased);

-- What a shop says of its customers (age, income). Grain: customer and attribute. For comparing models group by group
-- alone: no model, page or report reads a customer's row. Written by core/retail/customer_attributes.py only.
create table if not exists lake.customer_attributes (
    customer_id text not null,
    attribute text not null,
    value text not null,
    primary key (customer_id, attribute)
);
