{{ config(materialized='view') }}

{{ purchases_as_known() }}
