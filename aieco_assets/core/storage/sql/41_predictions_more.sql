-- What else is said of customers beside predictions.customers, each table by an asset of its own; and of days to come.

-- One row per (as_of, customer_id): the probability of no purchase in the 90 days that follow, and what moves it most.
-- No rows while there is no churn champion.
create table if not exists predictions.churn (
    as_of date not null,
    customer_id text not null,
    churn_risk double precision not null check (churn_risk between 0 and 1),
    reason_1 text not null,
    reason_2 text not null,
    reason_3 text not null,
    model_version integer not null,
    scored_at timestamptz not null,
    primary key (as_of, customer_id)
);

-- One row per (as_of, customer_id): the segment by rule, the scores that it follows from, and the k-means cluster.
create table if not exists predictions.segments (
    as_of date not null,
    customer_id text not null,
    segment text not null,
    recency_score smallint not null check (recency_score between 1 and 5),
    frequency_score smallint not null check (frequency_score between 1 and 5),
    monetary_score smallint not null check (monetary_score between 1 and 5),
    cluster smallint not null check (cluster >= 1),
    model_version integer not null,
    scored_at timestamptz not null,
    primary key (as_of, customer_id)
);

-- One row per (as_of, customer_id, rank): items that the customer has not bought, the best first. `because_of`: the
-- bought item that speaks most for it; null for what is only popular. `model_version` is that of the rule.
create table if not exists predictions.next_items (
    as_of date not null,
    customer_id text not null,
    rank smallint not null check (rank >= 1),
    stock_code text not null,
    because_of text,
    score double precision not null,
    model_version integer not null,
    scored_at timestamptz not null,
    primary key (as_of, customer_id, rank)
);

-- One row per (as_of, day): sales in pounds sterling expected on a day, seen from the last day with data, and the
-- interval that holds four days of five.
create table if not exists predictions.daily_sales (
    as_of date not null,
    day date not null check (day > as_of),
    expected double precision not null check (expected between low and high),
    low double precision not null check (low >= 0),
    high double precision not null check (high < 'infinity'),
    model_version integer not null,
    scored_at timestamptz not null,
    primary key (as_of, day)
);

-- One row per table and as_of: what its rows were made from, so that an unchanged month is not scored again; and how
-- good what made them was on what was known by then.
create table if not exists predictions.scored_months (
    name text not null,
    as_of date not null,
    model_version integer not null,
    input_digest text not null,
    rows integer not null,
    metrics jsonb not null default '{}',
    scored_at timestamptz not null,
    primary key (name, as_of)
);
-- Earlier releases kept those of predictions.customers in a table of their own.
do $$ begin
    if to_regclass('predictions.batches') is not null then
        insert into predictions.scored_months (name, as_of, model_version, input_digest, rows, scored_at)
        select 'customers', as_of, model_version, features_digest, customers, scored_at from predictions.batches
        on conflict do nothing;
        drop table predictions.batches;
    end if;
end $$;

-- All that is said of a customer, one row per (as_of, customer_id); null where nothing could be said. New columns go
-- to the end: a view that others read can be added to, but not cut.
create or replace view predictions.customer_profiles as
select
    customers.as_of,
    customers.customer_id,
    customers.p_alive,
    customers.expected_purchases_30d,
    customers.expected_purchases_90d,
    customers.expected_purchases_365d,
    churn.churn_risk,
    case when churn.customer_id is not null then array[churn.reason_1, churn.reason_2, churn.reason_3] end
        as churn_reasons,
    segments.segment,
    segments.cluster,
    (
        select array_agg(items.stock_code order by items.rank)
        from predictions.next_items as items
        where items.as_of = customers.as_of and items.customer_id = customers.customer_id
    ) as next_items,
    customers.expected_value_30d,
    customers.expected_value_90d,
    customers.expected_value_365d
from predictions.customers as customers
left join predictions.churn as churn using (as_of, customer_id)
left join predictions.segments as segments using (as_of, customer_id);
