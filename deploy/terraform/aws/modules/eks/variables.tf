variable "name" {
  type = string
}

variable "kubernetes_version" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "key_arn" {
  type = string
}

variable "administrators" {
  type = list(string)
}

variable "public_access_cidrs" {
  type = list(string)
}

variable "nodes" {
  type = object({ type = string, min = number, max = number })
}

variable "gpu_nodes" {
  type = object({ type = string, min = number, max = number })
}
