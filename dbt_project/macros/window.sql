{#
  The window of a run: the days, or the as-of dates, that it makes anew. Dagster passes it in the environment, because
  `--vars` would make dbt parse the whole project again. Reading it only while executing keeps it out of the parse.
  Without one (dbt by hand) a run covers everything, which is always right and only slower. `kind` names the column
  whose window it is where `column` is an expression.
  A table that lacks a column of its model is made anew, all of it: see columns.sql. Months end with those that it has.
#}
{% macro in_window(column, kind=none) -%}
    {%- set as_of = ('AIECO_AS_OF_START', 'AIECO_AS_OF_END') -%}
    {%- set names = {'as_of': as_of, 'month_end': as_of}.get(kind or column, ('AIECO_START_DAY', 'AIECO_END_DAY')) -%}
    {%- set bounds = namespace(start='', end='') -%}
    {%- if execute -%}
        {%- set bounds.start = env_var(names[0], '') -%}
        {%- set bounds.end = env_var(names[1], '') -%}
    {%- endif -%}
    {%- if bounds.start and bounds.end -%}
        {%- for day in (bounds.start, bounds.end) if not modules.re.fullmatch('\\d{4}-\\d{2}-\\d{2}', day) -%}
            {{ exceptions.raise_compiler_error(names | join(' and ') ~ ' must be dates like 2011-09-30, not ' ~ day) }}
        {%- endfor -%}
        {%- if not lacks_columns() -%}
            {{ column }} between date '{{ bounds.start }}' and date '{{ bounds.end }}'
        {%- elif names == as_of -%}
            {{ column }} <= {{ last_made(bounds.end) }}
        {%- else -%}
            true
        {%- endif -%}
    {%- elif bounds.start or bounds.end -%}
        {{ exceptions.raise_compiler_error('Set both of ' ~ names | join(' and ') ~ ', or neither') }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# The first day of the three calendar months that end on a month end. #}
{% macro three_months_to(month_end) -%}
    (date_trunc('month', {{ month_end }}) - interval '2 months')::date
{%- endmacro %}

{# A bound of the as-of window as a date literal, null without a window: asked-for dates may lie beyond the data. #}
{% macro as_of_window_start() -%}
    {{ date_or_null(env_var('AIECO_AS_OF_START', '') if execute and not lacks_columns() else '') }}
{%- endmacro %}

{% macro as_of_window_end() -%}
    {%- set end = env_var('AIECO_AS_OF_END', '') if execute else '' -%}
    {{ last_made(end) if end and lacks_columns() else date_or_null(end) }}
{%- endmacro %}

{% macro date_or_null(day) -%}
    {{ "date '" ~ day ~ "'" if modules.re.fullmatch('\\d{4}-\\d{2}-\\d{2}', day) else 'null::date' }}
{%- endmacro %}

{#
  Incremental strategy `replace_window`: delete the window, insert what the model selects for it. Unlike dbt's
  delete+insert it also empties days that have left the source. Both statements run in the model's one transaction.
  The model names its column in `meta.window_column` and filters on the same column; one without is replaced whole.
  With `meta.key` rows outside the window that the model selects, too, take the place of those with the same key; with
  `meta.to_the_end` the window has no end. Columns that the model has and its table has not are added first.
#}
{% macro get_incremental_replace_window_sql(arg_dict) %}
    {%- set made = adapter.get_columns_in_relation(arg_dict['temp_relation']) -%}
    {%- set added = added_columns(arg_dict['target_relation'], made, arg_dict['dest_columns']) -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set column = meta.get('window_column') -%}
    {%- set window = from_window_on(column) if meta.get('to_the_end') else in_window(column) if column else 'true' -%}
    {%- set columns = made | map(attribute='quoted') | join(', ') -%}
    {%- for column in added %}
    alter table {{ arg_dict['target_relation'] }} add column {{ column.quoted }} {{ column.data_type }};
    {%- endfor %}
    delete from {{ arg_dict['target_relation'] }}
    where {{ window }}
        {%- if meta.get('key') %} or ({{ meta.key }}) in (select {{ meta.key }} from {{ arg_dict['temp_relation'] }}){% endif %};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
    {%- for column in added if is_required(column.name) %}
    alter table {{ arg_dict['target_relation'] }} alter column {{ column.quoted }} set not null;
    {%- endfor %}
{% endmacro %}

{# `where: __window__` on a test limits it to the run's window, so that testing costs what changed. #}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- if not where -%}
        {{ relation }}
    {%- else -%}
        {%- set where = where | replace('__window__', in_window(model.config.get('meta', {}).get('window_column', 'invoice_date'))) -%}
        (select * from {{ relation }} where {{ where }}) dbt_subquery
    {%- endif -%}
{%- endmacro %}
