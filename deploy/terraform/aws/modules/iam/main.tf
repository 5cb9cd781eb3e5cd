# A role for each service account of the chart that needs the stores, with no more than it needs.
variable "name" {
  type = string
}

variable "namespace" {
  type = string
}

variable "oidc_provider_arn" {
  type = string
}

variable "oidc_issuer" {
  type = string
}

variable "data_bucket_arn" {
  type = string
}

variable "logs_bucket_arn" {
  type = string
}

variable "source_bucket_arns" {
  type = list(string)
}

variable "key_arn" {
  type = string
}

locals {
  lake      = "${var.data_bucket_arn}/lake/*"
  lancedb   = "${var.data_bucket_arn}/lancedb/*"
  artifacts = "${var.data_bucket_arn}/artifacts/*"
  logs      = "${var.logs_bucket_arn}/dagster-logs/*"
  sources   = [for bucket in var.source_bucket_arns : "${bucket}/*"]
  # By service account (without the release's name).
  roles = {
    dagster = { reads = [local.logs], writes = [] }
    graph   = { reads = local.sources, writes = [local.lake, local.lancedb, local.logs] }
    mlflow  = { reads = [], writes = [local.artifacts] }
    service = { reads = [local.lake, local.lancedb], writes = [] }
  }
}

data "aws_iam_policy_document" "assume" {
  for_each = local.roles
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [var.oidc_provider_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${var.oidc_issuer}:sub"
      values   = ["system:serviceaccount:${var.namespace}:${var.name}-${each.key}"]
    }
    condition {
      test     = "StringEquals"
      variable = "${var.oidc_issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "stores" {
  for_each = local.roles
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = distinct([for one in concat(each.value.reads, each.value.writes) : split("/", one)[0]])
  }
  dynamic "statement" {
    for_each = length(each.value.reads) > 0 ? [each.value.reads] : []
    content {
      sid       = "Read"
      actions   = ["s3:GetObject"]
      resources = statement.value
    }
  }
  dynamic "statement" {
    for_each = length(each.value.writes) > 0 ? [each.value.writes] : []
    content {
      sid       = "Write"
      actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
      resources = statement.value
    }
  }
  statement {
    sid       = "Key"
    actions   = length(each.value.writes) > 0 ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
    resources = [var.key_arn]
  }
}

resource "aws_iam_role" "this" {
  for_each           = local.roles
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume[each.key].json
}

resource "aws_iam_role_policy" "this" {
  for_each = local.roles
  name     = "stores"
  role     = aws_iam_role.this[each.key].id
  policy   = data.aws_iam_policy_document.stores[each.key].json
}

output "role_arns" {
  value = { for account, role in aws_iam_role.this : account => role.arn }
}
