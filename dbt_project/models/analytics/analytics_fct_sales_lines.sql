{{ config(tags=['whole_history']) }}

{# What staff type into a line may name anybody; the text of an item is in dim_items. #}
{{ reader_view('fct_sales_lines') }}
