variable "name" {
  description = "Of everything that is made; also the Helm release."
  type        = string
  default     = "aieco"
  validation {
    condition     = can(regex("^aieco[a-z0-9-]{0,20}$", var.name))
    error_message = "name begins with aieco (the chart's accounts are called by the release) and has at most 25 small letters, digits and hyphens."
  }
}

variable "region" {
  description = "Such as eu-central-1."
  type        = string
}

variable "vpc_id" {
  description = "A network that there is already."
  type        = string
}

variable "private_subnet_ids" {
  description = "Of that network, in two availability zones or more, with a way out (NAT) for images and the hub."
  type        = list(string)
  validation {
    condition     = length(var.private_subnet_ids) >= 2
    error_message = "private_subnet_ids needs two subnets or more, in different availability zones."
  }
}

variable "namespace" {
  description = "Where the chart is installed: roles may be taken by its service accounts alone."
  type        = string
  default     = "aieco"
}

variable "administrators" {
  description = "ARNs of the IAM roles that administer the cluster."
  type        = list(string)
}

variable "public_access_cidrs" {
  description = "Networks from which the cluster's API server is reached over the internet; none: from the VPC alone."
  type        = list(string)
  default     = []
  validation {
    condition     = !contains(var.public_access_cidrs, "0.0.0.0/0")
    error_message = "public_access_cidrs must not be the whole internet: name your offices' networks."
  }
}

variable "kubernetes_version" {
  type    = string
  default = "1.33"
}

variable "nodes" {
  description = "General nodes: graph, registry, service."
  type        = object({ type = string, min = number, max = number })
  default     = { type = "m7i.2xlarge", min = 2, max = 6 }
}

variable "gpu_nodes" {
  description = "Of the language model; max 0: none."
  type        = object({ type = string, min = number, max = number })
  default     = { type = "g6.2xlarge", min = 0, max = 2 }
}

variable "database" {
  description = "Postgres; storage in GiB."
  type        = object({ class = string, storage = number, max_storage = number, multi_az = bool, backup_days = number })
  default     = { class = "db.m7g.large", storage = 100, max_storage = 1000, multi_az = true, backup_days = 14 }
}

variable "source_bucket_arns" {
  description = "Buckets that AIECO_DOCUMENTS and AIECO_TRANSACTIONS are in; the graph may read them."
  type        = list(string)
  default     = []
}

variable "database_password_version" {
  description = "A higher number makes a new password; make the secret of the chart again after it."
  type        = number
  default     = 1
}
