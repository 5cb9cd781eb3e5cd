{{ config(tags=['whole_history']) }}

{{ reader_view(source('predictions', 'customer_profiles')) }}
