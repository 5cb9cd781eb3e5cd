{{ config(tags=['whole_history']) }}

{{ reader_view(source('raw', 'shop')) }}
