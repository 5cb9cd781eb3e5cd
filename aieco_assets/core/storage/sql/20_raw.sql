-- Transactions as the source gave them. Written by core/retail/loading.py only, whole days at a time.
create schema if not exists raw;

-- A home from before there were partitions: its table steps aside, and its rows move below.
do $$ begin
    if exists (select from pg_class where oid = to_regclass('raw.transactions') and relkind = 'r') then
        alter table raw.transactions rename to transactions_whole;
        alter table raw.transactions_whole add column if not exists _extra jsonb;
        alter index if exists raw.transactions_by_day rename to transactions_whole_by_day;
    end if;
end $$;

-- Grain: one line of a source file.
create table if not exists raw.transactions (
    invoice_date date not null,
    invoice_no text not null,
    stock_code text not null,
    description text,
    quantity integer not null,
    invoiced_at timestamp not null,
    unit_price numeric(14, 4) not null,
    customer_id text,
    country text,
    _source_file text not null,
    _row_number integer not null,         -- line of a text file, row of a workbook, record + 1 of a parquet file
    _loaded_at timestamptz not null
) partition by range (invoice_date);
-- Values of the columns that a file had beyond the known ones, as text by name; null when it had none.
alter table raw.transactions add column if not exists _extra jsonb;
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

do $$
declare
    month_start date;
begin
    if to_regclass('raw.transactions_whole') is not null then
        for month_start in select distinct date_trunc('month', invoice_date)::date from raw.transactions_whole loop
            perform raw.month_of(month_start);
        end loop;
        insert into raw.transactions (
            invoice_date, invoice_no, stock_code, description, quantity, invoiced_at, unit_price, customer_id, country,
            _source_file, _row_number, _loaded_at, _extra
        )
        select
            invoice_date, invoice_no, stock_code, description, quantity, invoiced_at, unit_price, customer_id, country,
            _source_file, _row_number, _loaded_at, _extra
        from raw.transactions_whole;
        -- dbt's view over it goes along, and comes back with the next run.
        drop table raw.transactions_whole cascade;
    end if;
end $$;

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
