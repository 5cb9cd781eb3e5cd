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

-- One row per as_of: what its predictions were made from, so that an unchanged month is not scored again.
create table if not exists predictions.batches (
    as_of date primary key,
    model_name text not null,
    model_version integer not null,
    features_digest text not null,
    customers integer not null,
    scored_at timestamptz not null
);
