{{- /* What dagster-k8s makes a run's job of. The image is that of the code server the run was asked of. */ -}}
{{- define "aieco.launcher" -}}
{{- $name := include "aieco.name" . -}}
job_namespace: {{ .Release.Namespace }}
service_account_name: {{ $name }}-graph
instance_config_map: {{ $name }}-dagster
dagster_home: /var/lib/aieco/dagster
image_pull_policy: {{ .Values.images.pullPolicy }}
{{- with .Values.images.pullSecrets }}
image_pull_secrets: {{- toYaml . | nindent 2 }}
{{- end }}
env_config_maps: [{{ $name }}-settings]
volumes:
  {{- include "aieco.homeVolume" . | nindent 2 }}
  {{- include "aieco.instanceVolume" . | nindent 2 }}
volume_mounts:
  {{- include "aieco.homeMounts" . | nindent 2 }}
  {{- include "aieco.instanceMount" . | nindent 2 }}
labels: {app.kubernetes.io/instance: {{ .Release.Name }}}
resources: {{- toYaml .Values.dagster.runs.resources | nindent 2 }}
# A job has to say that its run failed: Dagster has that written down, and tries again by its own rules.
fail_pod_on_run_failure: false
run_k8s_config:
  container_config:
    command: {{ include "aieco.entry" . }}
    env: {{- include "aieco.graphEnv" . | trim | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      runAsNonRoot: true
      runAsUser: {{ .Values.user }}
      capabilities: {drop: [ALL]}
  pod_template_spec_metadata:
    annotations: {cluster-autoscaler.kubernetes.io/safe-to-evict: "false"}
  pod_spec_config:
    automountServiceAccountToken: false
    enableServiceLinks: false
    {{- with .Values.dagster.runs.nodeSelector }}
    nodeSelector: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .Values.dagster.runs.tolerations }}
    tolerations: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .Values.priorityClassName }}
    priorityClassName: {{ . }}
    {{- end }}
    securityContext:
      runAsNonRoot: true
      runAsUser: {{ .Values.user }}
      runAsGroup: {{ .Values.user }}
      fsGroup: {{ .Values.user }}
      seccompProfile: {type: RuntimeDefault}
  job_spec_config:
    ttlSecondsAfterFinished: {{ .Values.dagster.keepFinishedRunsSeconds }}
{{- end }}
