{{ config(tags=['whole_history']) }}

{{ reader_view('fct_orders') }}
