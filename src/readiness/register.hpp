#pragma once
#include "access/access.hpp"
#include "readiness/library.hpp"
#include "store/store.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Where teams are missing: who claims what about whom. The register "states" holds the Member States; a country makes
/// registers of its own for its sectors or provinces. Nothing in it is a fact: what is claimed stands side by side.
namespace tocsin::readiness {

constexpr std::string_view states_register = "states";

struct ClaimTag;
using ClaimId = Id<ClaimTag>;

enum class Says : std::uint8_t { yes, no, planned };
std::string_view name_of(Says says);
std::optional<Says> says_named(std::string_view name);

struct Claim {
    ClaimId id = {};
    std::string register_id = std::string(states_register);
    std::string subject = {};  ///< code of the entry: iso2 of a country
    Says says = Says::yes;
    std::string team = {};      ///< name of the team; empty: not told
    std::string claimant = {};  ///< who says so
    std::string source = {};    ///< where it says so: an address, a document
    Timestamp date = {};        ///< when it said so
    std::string maturity = {};  ///< as published; empty: not told
    std::string note = {};
    Timestamp added = {};
    std::string added_by = {};
};
void append(JsonWriter& json, Claim const& claim);

/// What the claims about one subject come to. Never a yes or a no of ours.
enum class Picture : std::uint8_t {
    unknown,        ///< nobody says anything
    claimed,        ///< all who say something say yes
    denied,         ///< all say no
    planned,        ///< planned, and nobody says yes or no
    contradicting,  ///< some yes, some no
};
std::string_view name_of(Picture picture);
Picture picture_of(std::span<Claim const> claims);

/// One who may have a team.
struct Entry {
    std::string code;   ///< iso2, or the code in a register of one's own
    Texts name;         ///< in a register of one's own the same in all languages
    std::string group;  ///< region, or the entry's group
    bool ldc = false, lldc = false, sids = false;
    std::vector<Claim> claims = {};  ///< newest first
    Picture picture = Picture::unknown;
    double need = 0;  ///< by the weights
};
void append(JsonWriter& json, Entry const& entry);

/// How need is ranked: what applies to an entry is added up. Shown with every ranking, and changed by whoever asks.
struct Weights {
    double unknown = 3, denied = 4, planned = 2, contradicting = 2, claimed = 0;
    double ldc = 2, lldc = 1, sids = 1;
};
/// "ldc=3,unknown=2". Errors: Code::invalid naming the weight.
Status set_weights(Weights& weights, std::string_view text);
void append(JsonWriter& json, Weights const& weights);
double need_of(Entry const& entry, Weights const& weights);

/// How one group stands: a region, LDC, LLDC, SIDS.
struct GroupGap {
    std::string kind, id;  ///< "region" or "group" and its id; "ldc", "lldc", "sids" with an empty id
    std::int64_t entries = 0;
    std::map<Picture, std::int64_t> pictures = {};
};
struct Gaps {
    Weights weights;
    std::vector<GroupGap> groups;
    std::vector<Entry> entries;  ///< the neediest first, then by code
};
void append(JsonWriter& json, GroupGap const& gap);
void append(JsonWriter& json, Gaps const& gaps);
Gaps gaps_of(std::vector<Entry> entries, Weights const& weights);

struct RegisterHead {
    std::string id, title, kind;  ///< states, sectors, provinces, other
    std::int64_t entries = 0, claims = 0;
};
void append(JsonWriter& json, RegisterHead const& head);
struct EntryDraft {
    std::string code, name, group;
};

/// Every change is audited. Safe from any thread.
class Register {
  public:
    Register(store::Ledger& ledger, Library const& library, Clock const& clock)
        : ledger_(ledger), library_(library), clock_(clock) {}

    Result<std::vector<RegisterHead>> all();
    /// Makes a register of one's own. Errors: Code::invalid naming the field, Code::conflict for an id in use.
    Status add(RegisterHead const& draft, std::span<EntryDraft const> entries, access::Principal const& by);
    /// All entries with their claims, by code. Errors: Code::not_found.
    Result<std::vector<Entry>> entries(std::string_view register_id);
    /// By code; of a state also iso3, m49 or the English name. Errors: Code::not_found.
    Result<Entry> entry(std::string_view register_id, std::string_view code);

    Result<Claim> claim(Claim draft, access::Principal const& by);
    /// Good ones, as one change; gives how many were new. Those that are there already are left alone.
    Result<std::int64_t> claim_all(std::vector<Claim> drafts, access::Principal const& by);
    Status withdraw(ClaimId id, access::Principal const& by);

    /// Puts the code in place of what the subject was called. Errors: Code::invalid naming the field.
    Status complete(Claim& draft);

  private:
    Result<std::vector<Entry>> bare_entries(store::Transaction& tx, std::string_view register_id) const;

    store::Ledger& ledger_;
    Library const& library_;
    Clock const& clock_;
};

}  // namespace tocsin::readiness
