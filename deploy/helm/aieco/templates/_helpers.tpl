{{- define "aieco.name" -}}
{{- if contains "aieco" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-aieco" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "aieco.selector" -}}
app.kubernetes.io/name: aieco
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "aieco.labels" -}}
{{ include "aieco.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "aieco.image" -}}
{{- $image := index .root.Values.images .of -}}
{{ $image.repository }}{{ if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}

{{- /* What every pod's spec begins with. root, account, token: whether it speaks to the API server */ -}}
{{- define "aieco.pod" -}}
serviceAccountName: {{ include "aieco.name" .root }}-{{ .account }}
automountServiceAccountToken: {{ .token | default false }}
# Kubernetes would set AIECO_SERVICE_PORT=tcp://… for the service of that name, which is a setting of ours.
enableServiceLinks: false
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .root.Values.user }}
  runAsGroup: {{ .root.Values.user }}
  fsGroup: {{ .root.Values.user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "aieco.container" -}}
imagePullPolicy: {{ .Values.images.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  runAsUser: {{ .Values.user }}
  capabilities: {drop: [ALL]}
{{- end }}

{{- /* Becomes the command, with the environment that Dagster, dbt and MLflow read (core/stack/environment.py). */ -}}
{{- define "aieco.entry" -}}
[python, -m, aieco_assets.core.stack.environment]
{{- end }}

{{- /* Environment from the secret. names: of its keys; optional: of those that may be missing */ -}}
{{- define "aieco.secretEnv" -}}
{{- range .names }}
- name: {{ . }}
  valueFrom: {secretKeyRef: {name: {{ $.root.Values.secret }}, key: {{ . }}}}
{{- end }}
{{- range .optional }}
- name: {{ . }}
  valueFrom: {secretKeyRef: {name: {{ $.root.Values.secret }}, key: {{ . }}, optional: true}}
{{- end }}
{{- end }}

{{- /* A home that all share has one; else each pod would name what was erased with one of its own, gone with its home. */ -}}
{{- define "aieco.governanceKey" -}}
{{- include "aieco.secretEnv" (dict "root" . (ternary "optional" "names" .Values.home.shared) (list "AIECO_GOVERNANCE_KEY")) }}
{{- end }}

{{- /* Of code servers and of runs, which are to see the same. */ -}}
{{- define "aieco.graphEnv" -}}
{{- include "aieco.governanceKey" . }}
{{- include "aieco.secretEnv" (dict "root" . "names" (list "AIECO_POSTGRES_URL" "AIECO_PSEUDONYM_KEY") "optional" (list "AIECO_ALERTS" "AIECO_DOCUMENTS" "AIECO_TRANSACTIONS" "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" "OPENAI_API_KEY" "AIECO_LINEAGE_KEY" "OTEL_EXPORTER_OTLP_HEADERS" "HF_TOKEN")) }}
{{- end }}

{{- define "aieco.homeVolume" -}}
{{- if .Values.home.shared -}}
- {name: home, persistentVolumeClaim: {claimName: {{ include "aieco.name" . }}-home}}
{{- else -}}
- {name: home, emptyDir: {sizeLimit: {{ .Values.home.size }}}}
{{- end }}
- {name: tmp, emptyDir: {sizeLimit: 2Gi}}
{{- end }}

{{- define "aieco.instanceVolume" -}}
- {name: instance, configMap: {name: {{ include "aieco.name" . }}-dagster}}
- {name: dagster, emptyDir: {sizeLimit: 1Gi}}
{{- end }}

{{- define "aieco.homeMounts" -}}
- {name: home, mountPath: /var/lib/aieco}
- {name: tmp, mountPath: /tmp}
{{- end }}

{{- /* A volume of its own below the files: without it their folder would be made by the runtime, for root alone. */ -}}
{{- define "aieco.instanceMount" -}}
- {name: dagster, mountPath: /var/lib/aieco/dagster}
- {name: instance, mountPath: /var/lib/aieco/dagster/dagster.yaml, subPath: dagster.yaml, readOnly: true}
{{- end }}

{{- /* A change of the configuration starts the pods that read it anew. */ -}}
{{- define "aieco.checksum" -}}
checksum/configuration: {{ include (print .Template.BasePath "/configuration.yaml") . | sha256sum }}
{{- end }}

{{- define "aieco.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "aieco.selector" . | nindent 8 }}
{{- end }}

{{- define "aieco.mlflow" -}}
{{ .Values.mlflow.trackingUri | default (printf "http://%s-mlflow:5000%s" (include "aieco.name" .) (ternary "/mlflow" "" .Values.login.enabled)) }}
{{- end }}

{{- /* Below which path of the login a part is: root, at. */ -}}
{{- define "aieco.below" -}}
{{- if .root.Values.login.enabled }}{{ .at }}{{ end }}
{{- end }}

{{- define "aieco.llmUrl" -}}
{{- if .Values.llm.url }}{{ .Values.llm.url }}{{ else if .Values.llm.enabled }}http://{{ include "aieco.name" . }}-llm:3002/v1{{ else }}packaged{{ end }}
{{- end }}
