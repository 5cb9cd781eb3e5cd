-- Transactions as the source gave them. Written by core/retail/loading.py only, whole days at a time.
create schema if not exists raw;

-- A home from before quantities could be fractions: its lines are landed and loaded again, so all that was made of them goes.
do $$ begin
    if exists (
        select from pg_attribute
        where attrelid = to_regclass('raw.transactions') and attname = 'quantity' and atttypid = 'integer'::regtype
    ) then
        drop table raw.transactions cascade;
        drop table if exists raw.loads;
        drop schema if exists staging, marts, features, analytics, metrics cascade;
    end if;
end $$;

-- Grain: one line of a source file.
create table if not exists raw.transactions (
    invoice_date date not null,
    invoice_no text not null,
    stock_code text not null,
    description text,
    category text,
    quantity numeric(18, 4) not null,     -- 1 where the shop counts no pieces
    invoiced_at timestamp not null,
    unit_price numeric(18, 6) not null,   -- amount / quantity where the shop gives amounts of lines
    amount numeric(28, 6) not null,       -- quantity x unit price where the shop gives prices
    customer_id text,
    country text,
    store text,
    line_type text not null,              -- sale, return, adjustment, non_product or test, by the shop's mapping
    is_product boolean not null,
    order_type text,                      -- adjustment or cancellation where the invoice itself says so, else null
    _source_file text not null,           -- file, and #sheet where a workbook has several of lines
    _day_row integer not null,            -- position within its file and day, which stays when other days change
    _row_number integer not null,         -- line of a text file, row of a sheet, record + 1 of others, when it was landed
    _loaded_at timestamptz not null,
    _extra jsonb                          -- columns of the file beyond the mapped ones, as text by name; null: none
) partition by range (invoice_date);
create index if not exists transactions_by_day on raw.transactions (invoice_date);

-- The partition of a day's month, made when it is missing; its name, without the schema. A table that is attached
-- keeps nobody from reading the others, as `create table … partition of` would until the load commits.
create or replace function raw.month_of(day date) returns text language plpgsql as $$
declare
    month_start date := date_trunc('month', day);
    name text := 'transactions_' || to_char(day, 'YYYY_MM');
begin
    if to_regclass('raw.' || name) is null then
        execute format('create table raw.%I (like raw.transactions including defaults)', name);
        execute format(
            'alter table raw.transactions attach partition raw.%I for values from (%L) to (%L)',
            name, month_start, (month_start + interval '1 month')::date
        );
    end if;
    return name;
end $$;

-- Drops the partition of a day's month when no row is left in it; says whether it did.
create or replace function raw.drop_if_empty(day date) returns boolean language plpgsql as $$
declare
    name text := 'transactions_' || to_char(day, 'YYYY_MM');
    is_filled boolean;
begin
    if to_regclass('raw.' || name) is null then
        return false;
    end if;
    execute format('select exists (select from raw.%I)', name) into is_filled;
    if not is_filled then
        execute format('drop table raw.%I', name);
    end if;
    return not is_filled;
end $$;

-- One row once lines were landed: how the shop is mapped, for those who put its numbers into words. `columns`: what each
-- role (item, category, customer …) is called in the source, null where the shop has none. Written by core/retail.
create table if not exists raw.shop (
    only_row boolean primary key default true check (only_row),
    layout text not null,                 -- name of the known layout, or of the file that holds the mapping
    currency text not null default '',    -- ISO 4217; empty: not known
    columns jsonb not null default '{}'
);

-- Grain: one invoice date in raw.transactions, with the content hash that it was loaded from.
create table if not exists raw.loads (
    invoice_date date primary key,
    sha256 text not null,
    rows integer not null,
    loaded_at timestamptz not null
);

-- Grain: one customer of raw.transactions. The key is a keyed hash: without the secret, which never comes here,
-- nobody can make it from a number, or try all numbers. Written by core/retail/pseudonyms.py with the lines.
create table if not exists raw.customer_pseudonyms (
    customer_id text primary key,
    customer_key text not null unique
);
-- One row: what tells the secret from another one.
create table if not exists raw.pseudonym_secret (fingerprint text primary key);
