{{ config(tags=['whole_history']) }}

{{ reader_view('agg_cohort_retention') }}
