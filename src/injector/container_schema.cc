// core/v1 Container of Kubernetes 1.36 as a table of types. Members that the table does not know
// are dropped, as the reference does.
#include "container_schema.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include <boost/json/value.hpp>

#include "json_members.h"
#include "json_text.h"
#include "leasehold/base/text.h"
#include "quantity.h"

namespace leasehold::injector {
namespace {

namespace bj = boost::json;

enum class Shape {
  Text,
  Flag,
  Int32,
  Int64,
  Quantity,
  IntOrText,
  Object,
  TextList,
  IntList,
  ObjectList,
  QuantityMap
};

/// What is written for a zero or absent value.
enum class Zero {
  Omit,      ///< nothing
  Pointer,   ///< nothing when absent or null; an explicit zero survives
  Write,     ///< the zero value
  WriteNull  ///< null when absent
};

struct Type;
struct Field {
  std::string_view name;
  Shape shape;
  Zero zero;
  const Type* type = nullptr;
};
struct Type {
  std::string_view name;
  std::span<const Field> fields;
};

// clang-format off
template <std::size_t N>
using Fields = std::array<Field, N>;

constexpr Fields<2> kResourceClaimFields{{{"name", Shape::Text, Zero::Write}, {"request", Shape::Text, Zero::Omit}}};
constexpr Type kResourceClaim{"ResourceClaim", kResourceClaimFields};
constexpr Fields<3> kResourcesFields{{{"limits", Shape::QuantityMap, Zero::Omit}, {"requests", Shape::QuantityMap, Zero::Omit}, {"claims", Shape::ObjectList, Zero::Omit, &kResourceClaim}}};
constexpr Type kResources{"ResourceRequirements", kResourcesFields};

constexpr Fields<5> kPortFields{{{"name", Shape::Text, Zero::Omit}, {"hostPort", Shape::Int32, Zero::Omit}, {"containerPort", Shape::Int32, Zero::Write}, {"protocol", Shape::Text, Zero::Omit}, {"hostIP", Shape::Text, Zero::Omit}}};
constexpr Type kPort{"ContainerPort", kPortFields};

constexpr Fields<2> kNamedSourceFields{{{"name", Shape::Text, Zero::Omit}, {"optional", Shape::Flag, Zero::Pointer}}};
constexpr Type kNamedSource{"ConfigMapEnvSource", kNamedSourceFields};
constexpr Fields<3> kEnvFromFields{{{"prefix", Shape::Text, Zero::Omit}, {"configMapRef", Shape::Object, Zero::Pointer, &kNamedSource}, {"secretRef", Shape::Object, Zero::Pointer, &kNamedSource}}};
constexpr Type kEnvFrom{"EnvFromSource", kEnvFromFields};

constexpr Fields<2> kFieldRefFields{{{"apiVersion", Shape::Text, Zero::Omit}, {"fieldPath", Shape::Text, Zero::Write}}};
constexpr Type kFieldRef{"ObjectFieldSelector", kFieldRefFields};
constexpr Fields<3> kResourceRefFields{{{"containerName", Shape::Text, Zero::Omit}, {"resource", Shape::Text, Zero::Write}, {"divisor", Shape::Quantity, Zero::Write}}};
constexpr Type kResourceRef{"ResourceFieldSelector", kResourceRefFields};
constexpr Fields<3> kKeyRefFields{{{"name", Shape::Text, Zero::Omit}, {"key", Shape::Text, Zero::Write}, {"optional", Shape::Flag, Zero::Pointer}}};
constexpr Type kKeyRef{"SecretKeySelector", kKeyRefFields};
constexpr Fields<4> kFileRefFields{{{"volumeName", Shape::Text, Zero::Write}, {"path", Shape::Text, Zero::Write}, {"key", Shape::Text, Zero::Write}, {"optional", Shape::Flag, Zero::Pointer}}};
constexpr Type kFileRef{"FileKeySelector", kFileRefFields};
constexpr Fields<5> kValueFromFields{{{"fieldRef", Shape::Object, Zero::Pointer, &kFieldRef}, {"resourceFieldRef", Shape::Object, Zero::Pointer, &kResourceRef}, {"configMapKeyRef", Shape::Object, Zero::Pointer, &kKeyRef}, {"secretKeyRef", Shape::Object, Zero::Pointer, &kKeyRef}, {"fileKeyRef", Shape::Object, Zero::Pointer, &kFileRef}}};
constexpr Type kValueFrom{"EnvVarSource", kValueFromFields};
constexpr Fields<3> kEnvFields{{{"name", Shape::Text, Zero::Write}, {"value", Shape::Text, Zero::Omit}, {"valueFrom", Shape::Object, Zero::Pointer, &kValueFrom}}};
constexpr Type kEnv{"EnvVar", kEnvFields};

constexpr Fields<2> kResizeFields{{{"resourceName", Shape::Text, Zero::Write}, {"restartPolicy", Shape::Text, Zero::Write}}};
constexpr Type kResize{"ContainerResizePolicy", kResizeFields};
constexpr Fields<2> kExitCodesFields{{{"operator", Shape::Text, Zero::Write}, {"values", Shape::IntList, Zero::Omit}}};
constexpr Type kExitCodes{"ContainerRestartRuleOnExitCodes", kExitCodesFields};
constexpr Fields<2> kRestartRuleFields{{{"action", Shape::Text, Zero::Omit}, {"exitCodes", Shape::Object, Zero::Pointer, &kExitCodes}}};
constexpr Type kRestartRule{"ContainerRestartRule", kRestartRuleFields};

constexpr Fields<7> kMountFields{{{"name", Shape::Text, Zero::Write}, {"readOnly", Shape::Flag, Zero::Omit}, {"recursiveReadOnly", Shape::Text, Zero::Pointer}, {"mountPath", Shape::Text, Zero::Write}, {"subPath", Shape::Text, Zero::Omit}, {"mountPropagation", Shape::Text, Zero::Pointer}, {"subPathExpr", Shape::Text, Zero::Omit}}};
constexpr Type kMount{"VolumeMount", kMountFields};
constexpr Fields<2> kDeviceFields{{{"name", Shape::Text, Zero::Write}, {"devicePath", Shape::Text, Zero::Write}}};
constexpr Type kDevice{"VolumeDevice", kDeviceFields};

constexpr Fields<1> kExecFields{{{"command", Shape::TextList, Zero::Omit}}};
constexpr Type kExec{"ExecAction", kExecFields};
constexpr Fields<2> kHeaderFields{{{"name", Shape::Text, Zero::Write}, {"value", Shape::Text, Zero::Write}}};
constexpr Type kHeader{"HTTPHeader", kHeaderFields};
constexpr Fields<5> kHttpGetFields{{{"path", Shape::Text, Zero::Omit}, {"port", Shape::IntOrText, Zero::Write}, {"host", Shape::Text, Zero::Omit}, {"scheme", Shape::Text, Zero::Omit}, {"httpHeaders", Shape::ObjectList, Zero::Omit, &kHeader}}};
constexpr Type kHttpGet{"HTTPGetAction", kHttpGetFields};
constexpr Fields<2> kTcpFields{{{"port", Shape::IntOrText, Zero::Write}, {"host", Shape::Text, Zero::Omit}}};
constexpr Type kTcp{"TCPSocketAction", kTcpFields};
constexpr Fields<2> kGrpcFields{{{"port", Shape::Int32, Zero::Write}, {"service", Shape::Text, Zero::WriteNull}}};
constexpr Type kGrpc{"GRPCAction", kGrpcFields};
constexpr Fields<1> kSleepFields{{{"seconds", Shape::Int64, Zero::Write}}};
constexpr Type kSleep{"SleepAction", kSleepFields};
constexpr Fields<10> kProbeFields{{{"exec", Shape::Object, Zero::Pointer, &kExec}, {"httpGet", Shape::Object, Zero::Pointer, &kHttpGet}, {"tcpSocket", Shape::Object, Zero::Pointer, &kTcp}, {"grpc", Shape::Object, Zero::Pointer, &kGrpc}, {"initialDelaySeconds", Shape::Int32, Zero::Omit}, {"timeoutSeconds", Shape::Int32, Zero::Omit}, {"periodSeconds", Shape::Int32, Zero::Omit}, {"successThreshold", Shape::Int32, Zero::Omit}, {"failureThreshold", Shape::Int32, Zero::Omit}, {"terminationGracePeriodSeconds", Shape::Int64, Zero::Pointer}}};
constexpr Type kProbe{"Probe", kProbeFields};
constexpr Fields<4> kHandlerFields{{{"exec", Shape::Object, Zero::Pointer, &kExec}, {"httpGet", Shape::Object, Zero::Pointer, &kHttpGet}, {"tcpSocket", Shape::Object, Zero::Pointer, &kTcp}, {"sleep", Shape::Object, Zero::Pointer, &kSleep}}};
constexpr Type kHandler{"LifecycleHandler", kHandlerFields};
constexpr Fields<3> kLifecycleFields{{{"postStart", Shape::Object, Zero::Pointer, &kHandler}, {"preStop", Shape::Object, Zero::Pointer, &kHandler}, {"stopSignal", Shape::Text, Zero::Pointer}}};
constexpr Type kLifecycle{"Lifecycle", kLifecycleFields};

constexpr Fields<2> kCapabilitiesFields{{{"add", Shape::TextList, Zero::Omit}, {"drop", Shape::TextList, Zero::Omit}}};
constexpr Type kCapabilities{"Capabilities", kCapabilitiesFields};
constexpr Fields<4> kSeLinuxFields{{{"user", Shape::Text, Zero::Omit}, {"role", Shape::Text, Zero::Omit}, {"type", Shape::Text, Zero::Omit}, {"level", Shape::Text, Zero::Omit}}};
constexpr Type kSeLinux{"SELinuxOptions", kSeLinuxFields};
constexpr Fields<4> kWindowsFields{{{"gmsaCredentialSpecName", Shape::Text, Zero::Pointer}, {"gmsaCredentialSpec", Shape::Text, Zero::Pointer}, {"runAsUserName", Shape::Text, Zero::Pointer}, {"hostProcess", Shape::Flag, Zero::Pointer}}};
constexpr Type kWindows{"WindowsSecurityContextOptions", kWindowsFields};
constexpr Fields<2> kProfileFields{{{"type", Shape::Text, Zero::Write}, {"localhostProfile", Shape::Text, Zero::Pointer}}};
constexpr Type kProfile{"SeccompProfile", kProfileFields};
constexpr Fields<12> kSecurityFields{{{"capabilities", Shape::Object, Zero::Pointer, &kCapabilities}, {"privileged", Shape::Flag, Zero::Pointer}, {"seLinuxOptions", Shape::Object, Zero::Pointer, &kSeLinux}, {"windowsOptions", Shape::Object, Zero::Pointer, &kWindows}, {"runAsUser", Shape::Int64, Zero::Pointer}, {"runAsGroup", Shape::Int64, Zero::Pointer}, {"runAsNonRoot", Shape::Flag, Zero::Pointer}, {"readOnlyRootFilesystem", Shape::Flag, Zero::Pointer}, {"allowPrivilegeEscalation", Shape::Flag, Zero::Pointer}, {"procMount", Shape::Text, Zero::Pointer}, {"seccompProfile", Shape::Object, Zero::Pointer, &kProfile}, {"appArmorProfile", Shape::Object, Zero::Pointer, &kProfile}}};
constexpr Type kSecurity{"SecurityContext", kSecurityFields};

constexpr Fields<25> kContainerFields{{
    {"name", Shape::Text, Zero::Write},
    {"image", Shape::Text, Zero::Omit},
    {"command", Shape::TextList, Zero::Omit},
    {"args", Shape::TextList, Zero::Omit},
    {"workingDir", Shape::Text, Zero::Omit},
    {"ports", Shape::ObjectList, Zero::Omit, &kPort},
    {"envFrom", Shape::ObjectList, Zero::Omit, &kEnvFrom},
    {"env", Shape::ObjectList, Zero::Omit, &kEnv},
    {"resources", Shape::Object, Zero::Write, &kResources},
    {"resizePolicy", Shape::ObjectList, Zero::Omit, &kResize},
    {"restartPolicy", Shape::Text, Zero::Pointer},
    {"restartPolicyRules", Shape::ObjectList, Zero::Omit, &kRestartRule},
    {"volumeMounts", Shape::ObjectList, Zero::Omit, &kMount},
    {"volumeDevices", Shape::ObjectList, Zero::Omit, &kDevice},
    {"livenessProbe", Shape::Object, Zero::Pointer, &kProbe},
    {"readinessProbe", Shape::Object, Zero::Pointer, &kProbe},
    {"startupProbe", Shape::Object, Zero::Pointer, &kProbe},
    {"lifecycle", Shape::Object, Zero::Pointer, &kLifecycle},
    {"terminationMessagePath", Shape::Text, Zero::Omit},
    {"terminationMessagePolicy", Shape::Text, Zero::Omit},
    {"imagePullPolicy", Shape::Text, Zero::Omit},
    {"securityContext", Shape::Object, Zero::Pointer, &kSecurity},
    {"stdin", Shape::Flag, Zero::Omit},
    {"stdinOnce", Shape::Flag, Zero::Omit},
    {"tty", Shape::Flag, Zero::Omit},
}};
constexpr Type kContainer{"Container", kContainerFields};
// clang-format on

Outcome<void> put_object(JsonText& out, const bj::value& value, const Type& type,
                         std::string_view path);

struct Place {
  const Type& type;
  const Field& field;
  std::string_view path;  ///< dotted path of the object within the container

  [[nodiscard]] std::string where() const {
    return std::string(type.name) + "." + (path.empty() ? "" : std::string(path) + ".") +
           std::string(field.name);
  }
};

Refusal wrong(const bj::value& value, const Place& place, std::string_view type) {
  return refuse(type_error(value, place.where(), type));
}

Outcome<void> put_text(JsonText& out, const bj::value& value, const Place& place) {
  if (!value.is_string()) return wrong(value, place, "string");
  const std::string_view text(value.get_string());
  if (!text.empty() || place.field.zero != Zero::Omit) out.key(place.field.name).string(text);
  return {};
}

Outcome<void> put_flag(JsonText& out, const bj::value& value, const Place& place) {
  if (!value.is_bool()) return wrong(value, place, "bool");
  if (value.get_bool() || place.field.zero != Zero::Omit)
    out.key(place.field.name).boolean(value.get_bool());
  return {};
}

Outcome<void> put_integer(JsonText& out, const bj::value& value, const Place& place, bool narrow) {
  const bool fits = value.is_int64() &&
                    (!narrow || (value.get_int64() >= std::numeric_limits<std::int32_t>::min() &&
                                 value.get_int64() <= std::numeric_limits<std::int32_t>::max()));
  if (!fits) return wrong(value, place, narrow ? "int32" : "int64");
  if (value.get_int64() != 0 || place.field.zero != Zero::Omit)
    out.key(place.field.name).number(value.get_int64());
  return {};
}

/// Shortest decimal form; Boost's own writes 2.5E-1, which would be a quantity of another form.
std::string number_text(const bj::value& value) {
  if (value.is_int64()) return std::to_string(value.get_int64());
  if (value.is_uint64()) return std::to_string(value.get_uint64());
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value.get_double()).ptr;
  return {buffer.data(), end};
}

/// Text or a bare number, blanks around it trimmed.
Outcome<std::string> quantity_of(const bj::value& value, const Place& place) {
  if (!value.is_string() && !value.is_number()) return wrong(value, place, "resource.Quantity");
  const std::string text = value.is_string()
                               ? std::string(trim_space(std::string_view(value.get_string())))
                               : number_text(value);
  auto quantity = canonical_quantity(text);
  if (!quantity) return refuse(quantity.error().message);
  return *std::move(quantity);
}

Outcome<void> put_quantity(JsonText& out, const bj::value& value, const Place& place) {
  const auto quantity = quantity_of(value, place);
  if (!quantity) return quantity.error();
  out.key(place.field.name).string(*quantity);
  return {};
}

Outcome<void> put_quantities(JsonText& out, const bj::value& value, const Place& place) {
  if (!value.is_object()) return wrong(value, place, "v1.ResourceList");
  if (value.get_object().empty()) return {};
  out.key(place.field.name).open('{');
  for (const auto& [name, item] : value.get_object()) {
    if (item.is_null()) {
      out.quoted_key(std::string_view(name)).raw("\"0\"");
      continue;
    }
    const auto quantity = quantity_of(item, place);
    if (!quantity) return quantity.error();
    out.quoted_key(std::string_view(name)).string(*quantity);
  }
  out.close('}');
  return {};
}

Outcome<void> put_int_or_text(JsonText& out, const bj::value& value, const Place& place) {
  if (value.is_string()) {
    out.key(place.field.name).string(std::string_view(value.get_string()));
    return {};
  }
  return put_integer(out, value, place, true);
}

Outcome<void> put_texts(JsonText& out, const bj::value& value, const Place& place) {
  if (!value.is_array()) return wrong(value, place, "[]string");
  if (value.get_array().empty()) return {};
  out.key(place.field.name).open('[');
  for (const bj::value& item : value.get_array()) {
    if (!item.is_string() && !item.is_null()) return wrong(item, place, "string");
    out.string(item.is_null() ? std::string_view() : std::string_view(item.get_string()));
  }
  out.close(']');
  return {};
}

Outcome<void> put_integers(JsonText& out, const bj::value& value, const Place& place) {
  if (!value.is_array()) return wrong(value, place, "[]int32");
  if (value.get_array().empty()) return {};
  out.key(place.field.name).open('[');
  for (const bj::value& item : value.get_array()) {
    if (!item.is_int64()) return wrong(item, place, "int32");
    out.number(item.get_int64());
  }
  out.close(']');
  return {};
}

std::string deeper(const Place& place) {
  return place.path.empty() ? std::string(place.field.name)
                            : std::string(place.path) + "." + std::string(place.field.name);
}

Outcome<void> put_objects(JsonText& out, const bj::value& value, const Place& place) {
  if (!value.is_array()) return wrong(value, place, "[]v1." + std::string(place.field.type->name));
  if (value.get_array().empty()) return {};
  const std::string path = deeper(place);
  out.key(place.field.name).open('[');
  for (const bj::value& item : value.get_array()) {
    if (auto done = put_object(out, item, *place.field.type, path); !done) return done;
  }
  out.close(']');
  return {};
}

Outcome<void> put_value(JsonText& out, const bj::value& value, const Place& place) {
  switch (place.field.shape) {
    case Shape::Text:
      return put_text(out, value, place);
    case Shape::Flag:
      return put_flag(out, value, place);
    case Shape::Int32:
      return put_integer(out, value, place, true);
    case Shape::Int64:
      return put_integer(out, value, place, false);
    case Shape::Quantity:
      return put_quantity(out, value, place);
    case Shape::IntOrText:
      return put_int_or_text(out, value, place);
    case Shape::TextList:
      return put_texts(out, value, place);
    case Shape::IntList:
      return put_integers(out, value, place);
    case Shape::ObjectList:
      return put_objects(out, value, place);
    case Shape::QuantityMap:
      return put_quantities(out, value, place);
    case Shape::Object:
      break;
  }
  out.key(place.field.name);
  return put_object(out, value, *place.field.type, deeper(place));
}

void put_zero(JsonText& out, const Field& field) {
  out.key(field.name);
  switch (field.shape) {
    case Shape::Text:
      out.raw("\"\"");
      break;
    case Shape::Flag:
      out.raw("false");
      break;
    case Shape::Quantity:
      out.raw("\"0\"");
      break;
    case Shape::Object:
      out.raw("{}");
      break;
    default:
      out.raw("0");
      break;
  }
}

Outcome<void> put_object(JsonText& out, const bj::value& value, const Type& type,
                         std::string_view path) {
  if (!value.is_object() && !value.is_null()) {
    return refuse("json: cannot unmarshal " + std::string(kind_of(value)) +
                  (path.empty() ? " into Go value" : " into Go struct field Container.") + std::string(path) + " of type v1." +
                  std::string(type.name));
  }
  out.open('{');
  for (const Field& field : type.fields) {
    const bj::value* member =
        value.is_null() ? nullptr : find_member(value.get_object(), field.name);
    if (member != nullptr) {
      if (auto done = put_value(out, *member, Place{type, field, path}); !done) return done;
    } else if (field.zero == Zero::Write) {
      put_zero(out, field);
    } else if (field.zero == Zero::WriteNull) {
      out.key(field.name).raw("null");
    }
  }
  out.close('}');
  return {};
}

Outcome<void> append_typed(std::string& out, const bj::value& value, const Type& type) {
  JsonText text;
  if (auto done = put_object(text, value, type, ""); !done) return done;
  out += text.text();
  return {};
}

}  // namespace

Outcome<void> append_container(std::string& out, const bj::value& container) {
  return append_typed(out, container, kContainer);
}

Outcome<void> append_mount(std::string& out, const bj::value& mount) {
  return append_typed(out, mount, kMount);
}

}  // namespace leasehold::injector
