create schema if not exists predictions;

-- One row per (as_of, customer_id): what the champion expects of a customer, seen from the end of a month.
create table if not exists predictions.customers (
    as_of date not null,
    customer_id text not null,
    p_alive double precision not null,
    expected_purchases_30d double precision not null,
    expected_purchases_90d double precision not null,
    expected_purchases_365d double precision not null,
    model_name text not null,
    model_version integer not null,
    scored_at timestamptz not null,
    primary key (as_of, customer_id)
);
-- Null where the champion of that time knew no intervals, or no value of purchases.
alter table predictions.customers
    add column if not exists purchases_30d_low double precision,
    add column if not exists purchases_30d_high double precision,
    add column if not exists purchases_90d_low double precision,
    add column if not exists purchases_90d_high double precision,
    add column if not exists purchases_365d_low double precision,
    add column if not exists purchases_365d_high double precision,
    add column if not exists expected_value_30d double precision,
    add column if not exists value_30d_low double precision,
    add column if not exists value_30d_high double precision,
    add column if not exists expected_value_90d double precision,
    add column if not exists value_90d_low double precision,
    add column if not exists value_90d_high double precision,
    add column if not exists expected_value_365d double precision,
    add column if not exists value_365d_low double precision,
    add column if not exists value_365d_high double precision;
comment on column predictions.customers.expected_purchases_90d is
    'Expected purchase days in the 90 days after as_of.';
comment on column predictions.customers.purchases_90d_low is
    'Of possible futures 90 % lie from here to purchases_90d_high (posterior predictive simulation).';
comment on column predictions.customers.expected_value_90d is
    'Expected value of those purchases, in the money of the source, undiscounted; returns are not taken off.';
