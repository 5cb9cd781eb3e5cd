-- Transactions as the source gave them. Written by core/retail/loading.py only, whole days at a time.
create schema if not exists raw;

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
);
-- Values of the columns that a file had beyond the known ones, as text by name; null when it had none.
alter table raw.transactions add column if not exists _extra jsonb;
create index if not exists transactions_by_day on raw.transactions (invoice_date);

-- Grain: one invoice date in raw.transactions, with the content hash that it was loaded from.
create table if not exists raw.loads (
    invoice_date date primary key,
    sha256 text not null,
    rows integer not null,
    loaded_at timestamptz not null
);
