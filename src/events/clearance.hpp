#pragma once
#include "events/query.hpp"
#include "gate/gate.hpp"

#include <algorithm>

/// How the gate sees what a feed told.
namespace tocsin::events {

/// The right to read events, and what is made of them: findings, reports and their rejected rows. An event or finding
/// has its own marking and owner; a report has the strictest marking of what it holds, and no owner.
using Scope = gate::Scope<StoredEvent>;

/// The marking a text stands for. None: AMBER, as the gate has it for who does not say. An unreadable one is never
/// taken for an open one: RED.
gate::Tlp marking_of(std::string_view tlp);

/// How much was read, and the strictest marking in it: what the disclosure log wants to know.
struct Extent {
    std::int64_t count = 0;
    gate::Tlp strictest = gate::Tlp::clear;

    void add(gate::Tlp tlp, std::int64_t more) {
        count += more;
        strictest = std::max(strictest, tlp);
    }
};

}  // namespace tocsin::events

namespace tocsin::gate {

template <>
struct About<events::StoredEvent> {
    static Particulars kind();
    static Particulars of(events::StoredEvent const& event);
};
template <>
struct About<events::Finding> {
    static Particulars kind();
    static Particulars of(events::Finding const& finding);
};
template <>
struct About<events::Report> {
    static Particulars kind();
    static Particulars of(events::Report const& report);
};

}  // namespace tocsin::gate
