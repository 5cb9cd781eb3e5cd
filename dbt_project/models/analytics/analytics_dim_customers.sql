{{ config(tags=['whole_history']) }}

{{ reader_view('dim_customers') }}
