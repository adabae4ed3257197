from __future__ import annotations

import copy

import pytest

from aiodockerpy.errors import InvalidArgument
from aiodockerpy.models._base import to_wire
from aiodockerpy.models.container_spec import (
    AppArmorOpts,
    ConfigRuntimeTarget,
    ContainerSpec,
    Privileges,
    ReferenceFileTarget,
    SeccompOpts,
    SecretReference,
    ServiceConfigReference,
)
from aiodockerpy.models.services import (
    GlobalJob,
    GlobalService,
    ReplicatedJob,
    ReplicatedService,
    Service,
    ServiceCreate,
    ServiceCreateRequest,
    ServiceMode,
    ServiceSpec,
    ServiceUpdate,
    ServiceUpdateRequest,
    UpdateConfig,
)
from aiodockerpy.models.tasks import EndpointPortConfig, Limit, PluginSpec, ResourceRequirements, TaskSpec
from tests.models.answers import nothing_unknown, read
from tests.together import together

CONTAINER = {
    "Image": "nginx:1.29@sha256:aa",
    "Labels": {"com.example": "x"},
    "Command": ["nginx"],
    "Args": ["-g", "daemon off;"],
    "Hostname": "{{.Node.Hostname}}",
    "Env": ["TZ=UTC"],
    "Dir": "/srv",
    "User": "33",
    "Groups": ["0"],
    "Privileges": {
        "CredentialSpec": {"Config": "0bt9dmxjvjiqermk6xrop3ekq", "File": "spec.json", "Registry": "x"},
        "SELinuxContext": {"Disable": False, "User": "u", "Role": "r", "Type": "t", "Level": "l"},
        "Seccomp": {"Mode": "custom", "Profile": "e30="},
        "AppArmor": {"Mode": "disabled"},
        "NoNewPrivileges": True,
    },
    "Init": False,
    "StopSignal": "SIGQUIT",
    "TTY": True,
    "OpenStdin": True,
    "ReadOnly": True,
    "Mounts": [{"Type": "volume", "Source": "web-data", "Target": "/data", "VolumeOptions": {"Labels": {"a": "b"}}}],
    "StopGracePeriod": 10000000000,
    "Healthcheck": {"Test": ["CMD", "true"], "Interval": 1000000000},
    "Hosts": ["10.10.10.10 host1"],
    "DNSConfig": {"Nameservers": ["8.8.8.8"], "Search": ["example.org"], "Options": ["timeout:3"]},
    "Secrets": [
        {
            "File": {"Name": "www.example.org.key", "UID": "33", "GID": "33", "Mode": 384},
            "SecretID": "fpjqlhnwb19zds35k8wn80lq9",
            "SecretName": "example_org_domain_key",
        }
    ],
    "Configs": [
        {"Runtime": {}, "ConfigID": "c1", "ConfigName": "credentials"},
        {"File": {"Name": "/x", "UID": "0", "GID": "0", "Mode": 292}, "ConfigID": "c2", "ConfigName": "x"},
    ],
    "Isolation": "default",
    "Sysctls": {"net.core.somaxconn": "1024"},
    "CapabilityAdd": ["CAP_NET_ADMIN"],
    "CapabilityDrop": ["CAP_CHOWN"],
    "Ulimits": [{"Name": "nofile", "Hard": 2048, "Soft": 1024}],
    "OomScoreAdj": -500,
}
SPEC = {
    "Name": "web",
    "Labels": {"a": "b"},
    "TaskTemplate": {
        "ContainerSpec": CONTAINER,
        "Resources": {
            "Limits": {"NanoCPUs": 500000000, "MemoryBytes": 104857600, "Pids": 100},
            "Reservations": {"GenericResources": [{"NamedResourceSpec": {"Kind": "GPU", "Value": "UUID1"}}]},
            "SwapBytes": -1,
            "MemorySwappiness": 0,
        },
        "RestartPolicy": {"Condition": "on-failure", "Delay": 10000000000, "MaxAttempts": 10, "Window": 0},
        "Placement": {
            "Constraints": ["node.role==manager"],
            "Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.datacenter"}}],
            "MaxReplicas": 2,
            "Platforms": [{"Architecture": "amd64", "OS": "linux"}, {"OS": "linux"}],
        },
        "ForceUpdate": 18446744073709551615,
        "Runtime": "container",
        "Networks": [{"Target": "n1", "Aliases": ["www"], "DriverOpts": {"a": "b"}}],
        "LogDriver": {"Name": "json-file", "Options": {"max-file": "3"}},
    },
    "Mode": {"Replicated": {"Replicas": 4}},
    "UpdateConfig": {
        "Parallelism": 2,
        "Delay": 1000000000,
        "FailureAction": "pause",
        "Monitor": 15000000000,
        "MaxFailureRatio": 0.15,
        "Order": "start-first",
    },
    "RollbackConfig": {"Parallelism": 1, "FailureAction": "continue", "MaxFailureRatio": 0.5, "Order": "stop-first"},
    "Networks": [{"Target": "n1"}],
    "EndpointSpec": {
        "Mode": "vip",
        "Ports": [
            {"Name": "http", "Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080, "PublishMode": "ingress"}
        ],
    },
}
SERVICE = {
    "ID": "9mnpnzenvg8p8tdbtq4wvbkcz",
    "Version": {"Index": 19},
    "CreatedAt": "2026-06-07T21:05:51.880065305Z",
    "UpdatedAt": "2026-06-07T21:07:29.962229872Z",
    "Spec": SPEC,
    "PreviousSpec": {"Name": "web", "Labels": None, "Mode": {"Global": {}}},
    "Endpoint": {
        "Spec": SPEC["EndpointSpec"],
        "Ports": SPEC["EndpointSpec"]["Ports"],
        "VirtualIPs": [{"NetworkID": "4qvuz4ko70xaltuqbt8956gd1", "Addr": "10.255.0.2/16"}],
    },
    "UpdateStatus": {
        "State": "rollback_completed",
        "StartedAt": "2026-06-07T21:07:29.9Z",
        "CompletedAt": "2026-06-07T21:08:29.9Z",
        "Message": "rollback completed",
    },
    "ServiceStatus": {"RunningTasks": 7, "DesiredTasks": 10, "CompletedTasks": 0},
    "JobStatus": {"JobIteration": {"Index": 3}, "LastExecution": "2026-06-07T21:07:29Z"},
}


def test_service():
    service = read(Service, SERVICE)
    nothing_unknown(service)
    assert service.spec is not None
    assert service.spec.task_template is not None
    assert service.spec.task_template.force_update == 2**64 - 1
    container = service.spec.task_template.container_spec
    assert container is not None
    assert container.stop_grace_period == 10 * 10**9
    assert container.healthcheck is not None
    assert container.tty
    assert container.secrets is not None
    assert container.secrets[0].file is not None
    assert container.secrets[0].file.mode == 0o600
    assert service.previous_spec is not None
    assert service.previous_spec.mode == ServiceMode(global_=GlobalService())
    assert service.endpoint is not None
    assert service.endpoint.virtual_ips is not None
    assert service.endpoint.virtual_ips[0].network_id == "4qvuz4ko70xaltuqbt8956gd1"


@together(
    "spec",
    [
        {"Name": "plain", "Labels": None},
        {"TaskTemplate": {"ContainerSpec": {"Image": "x", "Init": None}, "ForceUpdate": 0}},
        {"TaskTemplate": {"ContainerSpec": {"Privileges": {"CredentialSpec": None, "SELinuxContext": None}}}},
        {"TaskTemplate": {"Runtime": "plugin", "PluginSpec": {"name": "x", "remote": "y", "disabled": True}}},
        {"TaskTemplate": {"Runtime": "attachment", "NetworkAttachmentSpec": {"ContainerID": "c"}}},
        {"TaskTemplate": {"Placement": {"Preferences": [{"Spread": None}]}}},
        {"Mode": {"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 9}}},
        {"Mode": {"GlobalJob": {}}},
        {"UpdateConfig": {"Parallelism": 1, "MaxFailureRatio": 0, "Order": "stop-first"}},
        {"EndpointSpec": {}},
    ],
    ids=str,
)
def test_specs_of_other_kinds(spec):
    nothing_unknown(read(ServiceSpec, spec))


def test_odd_parts_keep_their_raw_value():
    service = read(
        Service,
        {"Spec": {"TaskTemplate": {"ContainerSpec": {"Env": "TZ=UTC", "Ulimits": [7]}}, "Mode": []}},
        drift=("Spec.Mode", "Spec.TaskTemplate.ContainerSpec.Env", "Spec.TaskTemplate.ContainerSpec.Ulimits.0"),
    )
    assert service["Spec"]["Mode"] == []


@pytest.mark.parametrize(
    ("mode", "sent"),
    [
        (ServiceMode(replicated=ReplicatedService(replicas=0)), {"Replicated": {"Replicas": 0}}),
        (ServiceMode(global_=GlobalService()), {"Global": {}}),
        (ServiceMode(replicated_job=ReplicatedJob(total_completions=3)), {"ReplicatedJob": {"TotalCompletions": 3}}),
        (ServiceMode(global_job=GlobalJob()), {"GlobalJob": {}}),
    ],
)
def test_modes_are_sent(mode, sent):
    assert to_wire(mode) == sent


def test_a_request_is_sent_with_nothing_but_what_is_given():
    request = ServiceCreateRequest(
        name="web",
        task_template=TaskSpec(
            container_spec=ContainerSpec(
                image="nginx:1.29",
                privileges=Privileges(
                    seccomp=SeccompOpts(mode="unconfined"),
                    app_armor=AppArmorOpts(mode="default"),
                    no_new_privileges=False,
                ),
                secrets=[
                    SecretReference(secret_id="i", secret_name="n", file=ReferenceFileTarget(name="k", mode=0o400))
                ],
                configs=[ServiceConfigReference(config_id="i", config_name="n", runtime=ConfigRuntimeTarget())],
            ),
            resources=ResourceRequirements(limits=Limit(nano_cpus=10**9), swap_bytes=-1),
        ),
        update_config=UpdateConfig(parallelism=0, max_failure_ratio=0.25),
    )
    assert to_wire(request) == {
        "Name": "web",
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": "nginx:1.29",
                "Privileges": {
                    "Seccomp": {"Mode": "unconfined"},
                    "AppArmor": {"Mode": "default"},
                    "NoNewPrivileges": False,
                },
                "Secrets": [{"SecretID": "i", "SecretName": "n", "File": {"Name": "k", "Mode": 256}}],
                "Configs": [{"ConfigID": "i", "ConfigName": "n", "Runtime": {}}],
            },
            "Resources": {"Limits": {"NanoCPUs": 1000000000}, "SwapBytes": -1},
        },
        "UpdateConfig": {"Parallelism": 0, "MaxFailureRatio": 0.25},
    }


def test_plugin_services_use_the_names_the_engine_reads():
    assert to_wire(PluginSpec(name="x", remote="y", privileges=[{"name": "network", "value": ["host"]}], env=[])) == {
        "name": "x",
        "remote": "y",
        "privileges": [{"name": "network", "value": ["host"]}],
        "env": [],
    }


def test_a_spec_is_edited_and_sent_back_with_all_that_is_unknown():
    value = copy.deepcopy(SPEC)
    value["TaskTemplate"]["ContainerSpec"]["Newer"] = {"A": 1}
    value["TaskTemplate"]["Newer"] = [None]
    value["Newer"] = "x"
    spec = ServiceUpdateRequest.from_value(value)
    assert spec.task_template is not None
    assert spec.task_template.container_spec is not None
    spec.task_template.container_spec.image = "nginx:1.30"
    value["TaskTemplate"]["ContainerSpec"]["Image"] = "nginx:1.30"
    assert to_wire(spec) == value


@pytest.mark.parametrize(
    ("model", "field"), [(ContainerSpec, "HealthCheck"), (TaskSpec, "image"), (ServiceSpec, "replicas")]
)
def test_a_misspelt_field_is_refused(model, field):
    with pytest.raises(InvalidArgument, match=field):
        model(**{field: None})


@pytest.mark.parametrize(
    "port", [EndpointPortConfig(target_port=80, publish_mode="host"), EndpointPortConfig(protocol="sctp")]
)
def test_ports_come_back(port):
    assert EndpointPortConfig.from_value(to_wire(port)) == port


def test_warnings_of_old_and_new_engines():
    new = read(ServiceCreate, {"ID": "a", "Warnings": None})
    assert (new.id, new.warnings, new.warning) == ("a", None, None)
    assert read(ServiceCreate, {"ID": "a", "Warning": "unable to pin image"}).warning == "unable to pin image"
    assert read(ServiceUpdate, {"Warnings": ["x"]}).warnings == ["x"]
