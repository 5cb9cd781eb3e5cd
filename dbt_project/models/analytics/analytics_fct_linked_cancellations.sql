{{ config(tags=['whole_history']) }}

{{ reader_view('fct_linked_cancellations') }}
