{#
  A model is made with the rights of this role, which then owns it; with the user's own where there is no such role or
  the user may not act as it. Not by `role` in the profile: what runs under it dbt could not cancel, as a role may end
  no connection of the user who took it, and Ctrl-C would wait for the query.
#}
{% macro act_as(role) -%}
    select set_config('role', rolname, true)
    from pg_roles
    where rolname = '{{ role }}'
        and pg_has_role(oid, case when current_setting('server_version_num')::int < 160000 then 'MEMBER' else 'SET' end)
{%- endmacro %}

{#
  `grants` of a model for roles that may be missing: a hosted Postgres may not let us make them. Once they are there,
  the next run grants what is still to be granted.
#}
{% macro postgres__get_grant_sql(relation, privilege, grantees) -%}
    do $$ begin
        {%- for grantee in grantees %}
        if exists (select from pg_roles where rolname = '{{ grantee }}') then
            grant {{ privilege }} on {{ relation }} to {{ adapter.quote(grantee) }};
        end if;
        {%- endfor %}
    end $$
{%- endmacro %}
