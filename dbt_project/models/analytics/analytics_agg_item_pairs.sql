{{ config(tags=['monthly']) }}

{{ reader_view('agg_item_pairs') }}
