{{ config(tags=['whole_history']) }}

{{ reader_view('agg_daily_sales') }}
